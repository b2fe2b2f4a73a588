package dev.nameplate.server.admin;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.revocation.CrlImport;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.ca.x509.Pem;
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
import org.jspecify.annotations.Nullable;

/// The CRLs: looked at, made now, and brought from where an offline issuer signs.
@Path("crls")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class CrlResource {

  private final CrlDesk desk;
  private final Places places;

  CrlResource(CrlDesk desk, Places places) {
    this.desk = desk;
    this.places = places;
  }

  /// The newest CRL of each authority and scope.
  @GET
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.CA_ADMIN})
  @Limited(Limited.By.ITSELF)
  public AdminApi.Crls list(@Context SecurityContext operator) {
    var reach = Operator.of(operator).reach();
    return new AdminApi.Crls(
        desk.list().stream()
            .filter(crl -> places.ofIssuer(crl.issuer()).filter(reach::includes).isPresent())
            .toList());
  }

  /// One CRL, with what is in it.
  @GET
  @Path("{issuer}/{scope}")
  @RolesAllowed({Role.VIEWER, Role.DEVICE_ADMIN, Role.REVOKER, Role.CA_ADMIN})
  @Limited(Limited.By.ISSUER)
  public AdminApi.Crl show(@PathParam("issuer") String issuer, @PathParam("scope") String scope) {
    var id = Parameters.issuer(issuer);
    return desk.find(id, Parameters.value("scope", scope, CrlScope::new))
        .orElseThrow(() ->
            ProblemException.notFound("no CRL " + scope + " of " + issuer + " was published"));
  }

  /// Publishes the CRLs of an authority now.
  @POST
  @Path("{issuer}/publish")
  @RolesAllowed({Role.REVOKER, Role.CA_ADMIN})
  @Limited(Limited.By.ISSUER)
  public AdminApi.Crls publish(@PathParam("issuer") String issuer) {
    return desk.publish(Parameters.issuer(issuer))
        .map(AdminApi.Crls::new)
        .orElseThrow(
            () -> ProblemException.notFound("there is no issuer " + issuer + " whose key is here"));
  }

  /// Takes in a CRL that an offline authority signed.
  @Answers(AdminApi.Crl.class)
  @POST
  @Path("{issuer}/import")
  @RolesAllowed(Role.CA_ADMIN)
  @Limited(Limited.By.ISSUER)
  public Response bring(
      @PathParam("issuer") String issuer,
      AdminApi.@Nullable ImportCrl body,
      @Context SecurityContext operator) {
    var crl = crl(Parameters.required("pem", Parameters.body(body).pem()));
    var by = operator.getUserPrincipal().getName();
    return switch (desk.bring(crl, Parameters.issuer(issuer), by)) {
      case CrlImport.Outcome.Published(var published) ->
          Response.status(Response.Status.CREATED).entity(desk.view(published)).build();
      case CrlImport.Outcome.Refused(var why) ->
          throw ProblemException.conflict("crl_refused", "this CRL is not published: it " + why);
      case CrlImport.Outcome.NoSuchIssuer() ->
          throw ProblemException.notFound("there is no issuer " + issuer);
    };
  }

  private static Crl crl(String pem) {
    try {
      var found = Pem.blocks(pem, "X509 CRL");
      if (found.size() != 1) {
        throw ProblemException.invalid("pem: " + found.size() + " CRLs instead of one");
      }
      return Crl.parse(found.getFirst());
    } catch (MalformedCrlException | IllegalArgumentException malformed) {
      throw ProblemException.invalid("pem: " + malformed.getMessage());
    }
  }
}
