package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.Place;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.util.Objects;
import java.util.Optional;

/// Lets an operator through to a route that names one of their roles, and to no other; and to what
/// is within the scopes of those roles. What is not is answered like what is not there. Whoever is
/// turned away is written down.
@Priority(Priorities.AUTHORIZATION)
final class RoleFilter implements ContainerRequestFilter {

  private final Places places;
  private final AuditLog audit;

  RoleFilter(Places places, AuditLog audit) {
    this.places = places;
    this.audit = audit;
  }

  /// @throws ProblemException 403 or 404 for whoever may not go on
  @Override
  public void filter(ContainerRequestContext request) {
    var anybody = Operator.of(request.getSecurityContext());
    var asked = request.getMethod() + " /" + request.getUriInfo().getPath();
    var route = Route.of(request);
    if (route.isEmpty()) {
      throw denied(anybody, asked, "nobody may do this");
    }
    var operator = anybody.on(route.get().roles());
    if (operator.reach().isNowhere()) {
      throw denied(
          operator,
          asked,
          "none of your roles allows this; it takes "
              + Role.all().stream()
                  .filter(route.get().roles()::contains)
                  .reduce((some, next) -> some + " or " + next)
                  .orElse("none that there is"));
    }
    if (!operator.reach().isEverywhere()) {
      requireWithinReach(operator, asked, route.get(), request);
    }
    request.setSecurityContext(new OperatorContext(operator));
  }

  private void requireWithinReach(
      Operator operator, String asked, Route route, ContainerRequestContext request) {
    switch (route.limit()) {
      case NOTHING ->
          throw denied(
              operator,
              asked,
              "your roles for this are limited to "
                  + operator.reach()
                  + ", and it concerns everything");
      case DEVICE -> require(operator, asked, "device", parameter(request, "id"), places::ofDevice);
      case REQUEST ->
          require(operator, asked, "request", parameter(request, "id"), places::ofRequest);
      case ROLE ->
          require(
              operator,
              asked,
              "authority with the role",
              parameter(request, "role"),
              places::ofRole);
      case ISSUER ->
          require(operator, asked, "issuer", parameter(request, "issuer"), places::ofIssuer);
      case LABEL ->
          require(operator, asked, "EST label", parameter(request, "label"), places::ofLabel);
      case ITSELF -> {
        // where the route looks is narrowed there
      }
    }
  }

  private interface Finding {
    Optional<Place> find(String name);
  }

  private void require(Operator operator, String asked, String what, String name, Finding finding) {
    var place = finding.find(name);
    if (place.filter(operator.reach()::includes).isPresent()) {
      return;
    }
    if (place.isPresent()) {
      write(operator, asked, "it is out of " + operator.reach());
    }
    throw ProblemException.notFound("there is no " + what + " " + name);
  }

  private static String parameter(ContainerRequestContext request, String name) {
    return Objects.requireNonNullElse(request.getUriInfo().getPathParameters().getFirst(name), "");
  }

  private ProblemException denied(Operator operator, String asked, String why) {
    write(operator, asked, why);
    return ProblemException.forbidden(why);
  }

  private void write(Operator operator, String asked, String why) {
    audit.append(
        new AuditEvent.AccessDenied(
            operator.owner(), asked, why, operator.credential(), operator.origin()));
  }
}
