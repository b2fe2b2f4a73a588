package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.Place;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.admin.AuthorityCeremonies.Outcome;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The authorities: looked at, made, and given successors.
@Path("issuers")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class IssuerResource {

  private final IssuerStore issuers;
  private final AuthorityCeremonies ceremonies;
  private final Views views;

  IssuerResource(IssuerStore issuers, AuthorityCeremonies ceremonies, Views views) {
    this.issuers = issuers;
    this.ceremonies = ceremonies;
    this.views = views;
  }

  /// The authorities, with all their certificates.
  @GET
  @RolesAllowed({
    Role.VIEWER,
    Role.DEVICE_ADMIN,
    Role.REVOKER,
    Role.CA_ADMIN,
    Role.SECURITY_OFFICER
  })
  @Limited(Limited.By.ITSELF)
  public AdminApi.Issuers issuers(@Context SecurityContext operator) {
    var reach = Operator.of(operator).reach();
    return new AdminApi.Issuers(
        views.issuers(issuers.issuers()).stream()
            .filter(issuer -> reach.includes(Place.ofAuthority(issuer.role())))
            .toList());
  }

  /// Makes another issuing authority.
  @Answers(
      value = AdminApi.IssuerMade.class,
      status = {200, 201})
  @POST
  @RolesAllowed(Role.CA_ADMIN)
  public Response add(AdminApi.@Nullable AddIssuer body, @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    var role = Parameters.required("role", wanted.role());
    var key = keyType(wanted.key()).orElse(KeyType.EC_P256);
    return answer(
        ceremonies.add(role, Optional.ofNullable(wanted.title()), key, by(operator)),
        Response.Status.CREATED);
  }

  /// Makes a new key for an issuing authority.
  @Answers(
      value = AdminApi.IssuerMade.class,
      status = {200, 201})
  @POST
  @Path("{role}/rekey")
  @RolesAllowed(Role.CA_ADMIN)
  @Limited(Limited.By.ROLE)
  public Response rekey(
      @PathParam("role") String role,
      AdminApi.@Nullable RekeyIssuer body,
      @Context SecurityContext operator) {
    var key = keyType(Parameters.body(body).key());
    return answer(ceremonies.rekey(role, key, by(operator)), Response.Status.CREATED);
  }

  /// Announces a new root, or has it take over.
  @Answers(value = AdminApi.IssuerMade.class, status = 200)
  @POST
  @Path("{role}/rollover")
  @RolesAllowed(Role.CA_ADMIN)
  @Limited(Limited.By.ROLE)
  public Response rollOver(
      @PathParam("role") String role,
      AdminApi.@Nullable RollOver body,
      @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    if (!role.equals(CertificateProfile.ROOT)) {
      throw ProblemException.conflict(
          "not_root", "only the root is rolled over; another authority is re-keyed");
    }
    var key = keyType(wanted.key());
    boolean activate = wanted.activate() != null && wanted.activate();
    if (activate && key.isPresent()) {
      throw ProblemException.invalid("key: the announced root has its key already");
    }
    var by = by(operator);
    return answer(
        activate ? ceremonies.activateRoot(by) : ceremonies.announceRoot(key, by),
        Response.Status.OK);
  }

  private Response answer(Outcome outcome, Response.Status made) {
    return switch (outcome) {
      case Outcome.Done(var issuer, boolean already) ->
          Response.status(already ? Response.Status.OK : made)
              .entity(new AdminApi.IssuerMade(views.issuer(issuer, issuers.issuers()), already))
              .build();
      case Outcome.Refused(var code, var detail) -> throw ProblemException.conflict(code, detail);
      case Outcome.NoSuchRole(var role) ->
          throw ProblemException.notFound("there is no authority with the role " + role);
    };
  }

  private static Optional<KeyType> keyType(@Nullable String text) {
    return Optional.ofNullable(text).map(key -> Parameters.value("key", key, KeyType::of));
  }

  private static String by(SecurityContext operator) {
    return operator.getUserPrincipal().getName();
  }
}
