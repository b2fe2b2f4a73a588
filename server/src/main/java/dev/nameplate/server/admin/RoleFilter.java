package dev.nameplate.server.admin;

import jakarta.annotation.Priority;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import org.glassfish.jersey.server.ContainerRequest;

/// Lets an operator through to a route that names one of its roles, and to no other.
@Priority(Priorities.AUTHORIZATION)
final class RoleFilter implements ContainerRequestFilter {

  @Override
  public void filter(ContainerRequestContext request) {
    var context = request.getSecurityContext();
    var allowed =
        roles(request)
            .filter(roles -> Arrays.stream(roles.value()).anyMatch(context::isUserInRole));
    if (allowed.isEmpty()) {
      throw ProblemException.forbidden("none of your roles allows this");
    }
  }

  /// The roles that a route names, if it does.
  static Optional<RolesAllowed> roles(Method route) {
    return Optional.ofNullable(route.getAnnotation(RolesAllowed.class));
  }

  private static Optional<RolesAllowed> roles(ContainerRequestContext request) {
    return request instanceof ContainerRequest jersey
        ? Optional.ofNullable(jersey.getUriInfo().getMatchedResourceMethod())
            .flatMap(method -> roles(method.getInvocable().getDefinitionMethod()))
        : Optional.empty();
  }
}
