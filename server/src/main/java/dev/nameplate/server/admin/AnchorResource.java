package dev.nameplate.server.admin;

import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.store.SerialPattern;
import dev.nameplate.ca.store.TrustAnchor;
import dev.nameplate.ca.trust.TrustAnchors;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.Pem;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Trust anchors: the manufacturers whose certificates let devices in for the first time, per
/// label. What is said here counts for the next request.
@Path("")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class AnchorResource {

  private final TrustAnchors anchors;
  private final List<CertificateProfile> profiles;

  AnchorResource(TrustAnchors anchors, List<CertificateProfile> profiles) {
    this.anchors = anchors;
    this.profiles = profiles;
  }

  /// The trust anchors, of all labels or of one.
  @GET
  @Path("anchors")
  @RolesAllowed({Role.VIEWER, Role.CA_ADMIN})
  public AdminApi.Anchors list() {
    return views(anchors.list(Optional.empty()));
  }

  /// The trust anchors, of all labels or of one.
  @GET
  @Path("labels/{label}/anchors")
  @RolesAllowed({Role.VIEWER, Role.CA_ADMIN})
  @Limited(Limited.By.LABEL)
  public AdminApi.Anchors list(@PathParam("label") String label) {
    return views(anchors.list(Optional.of(label)));
  }

  /// Trusts a manufacturer for a label, from the next request on.
  @Answers(AdminApi.Anchor.class)
  @POST
  @Path("labels/{label}/anchors")
  @RolesAllowed(Role.CA_ADMIN)
  @Limited(Limited.By.LABEL)
  public Response add(
      @PathParam("label") String label,
      AdminApi.@Nullable AddAnchor body,
      @Context SecurityContext operator) {
    var wanted = Parameters.body(body);
    requireManufacturers(label);
    var certificate = certificate(Parameters.required("pem", wanted.pem()));
    var serials =
        Optional.ofNullable(wanted.serials())
            .map(text -> Parameters.value("serials", text, SerialPattern::new));
    var by = operator.getUserPrincipal().getName();
    return switch (anchors.add(label, certificate, serials, by)) {
      case TrustAnchors.Added.Done(var anchor) ->
          Response.status(Response.Status.CREATED).entity(view(anchor)).build();
      case TrustAnchors.Added.AlreadyThere() ->
          throw ProblemException.conflict(
              "anchor_exists", label + " trusts " + certificate.subject() + " already");
      case TrustAnchors.Added.Refused(var why) -> throw ProblemException.invalid("pem: " + why);
    };
  }

  /// Ends that trust, from the next request on.
  @DELETE
  @Path("labels/{label}/anchors/{sha256}")
  @RolesAllowed(Role.CA_ADMIN)
  @Limited(Limited.By.LABEL)
  public AdminApi.RemovedAnchor remove(
      @PathParam("label") String label,
      @PathParam("sha256") String sha256,
      @Context SecurityContext operator) {
    if (!anchors.remove(label, sha256, operator.getUserPrincipal().getName())) {
      throw ProblemException.notFound(label + " has no trust anchor " + sha256);
    }
    return new AdminApi.RemovedAnchor(label, sha256);
  }

  private void requireManufacturers(String label) {
    var profile =
        profiles.stream()
            .filter(each -> each.name().equals(label))
            .findFirst()
            .orElseThrow(() -> ProblemException.notFound("there is no EST label " + label));
    if (profile.enrollment().stream()
        .noneMatch(rules -> rules.credentials().contains(Credential.MANUFACTURER))) {
      throw ProblemException.invalid(
          "label: "
              + label
              + " lets no manufacturer's certificate in; add manufacturer to"
              + " enrollment.credentials in its profile");
    }
  }

  private static Certificate certificate(String pem) {
    try {
      var found = Pem.decodeCertificates(pem);
      if (found.size() != 1) {
        throw ProblemException.invalid("pem: " + found.size() + " certificates instead of one");
      }
      return found.getFirst();
    } catch (MalformedCertificateException malformed) {
      throw ProblemException.invalid("pem: " + malformed.reason());
    }
  }

  private static AdminApi.Anchors views(List<TrustAnchor> found) {
    return new AdminApi.Anchors(found.stream().map(AnchorResource::view).toList());
  }

  private static AdminApi.Anchor view(TrustAnchor anchor) {
    return new AdminApi.Anchor(
        anchor.label(),
        anchor.sha256(),
        anchor.certificate().subject().toString(),
        anchor.certificate().notAfter(),
        anchor.serials().map(SerialPattern::text).orElse(null),
        anchor.addedAt(),
        anchor.addedBy(),
        Pem.encode(anchor.certificate()));
  }
}
