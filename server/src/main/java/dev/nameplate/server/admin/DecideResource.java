package dev.nameplate.server.admin;

import dev.nameplate.ca.sighting.Sightings;
import dev.nameplate.ca.sighting.Verdict;
import dev.nameplate.ca.store.Sighting;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.Pem;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import org.jspecify.annotations.Nullable;

/// What brokers and gateways ask when somebody connects. What cannot be known now is answered with
/// 503, and never with an `allow`.
@Path("decide")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class DecideResource {

  private final Sightings sightings;

  DecideResource(Sightings sightings) {
    this.sightings = sightings;
  }

  /// Whether the holder of a certificate may connect, or stay connected.
  @POST
  @RolesAllowed({Role.GATEWAY, Role.DEVICE_ADMIN})
  public ReportApi.Decision decide(
      ReportApi.@Nullable Decide body, @Context SecurityContext gateway) {
    var asked = Parameters.body(body);
    var source = asked.source() == null ? SightingResource.name(gateway) : asked.source();
    var fingerprint = fingerprint(asked);
    try {
      return decision(sightings.decide(fingerprint, source));
    } catch (IllegalArgumentException wrong) {
      throw ProblemException.invalid("source: " + wrong.getMessage());
    }
  }

  private static ReportApi.Decision decision(Verdict verdict) {
    var standing = verdict.standing().filter(found -> found.isDevices());
    var owner = standing.map(found -> found.owner());
    return new ReportApi.Decision(
        verdict.allows() ? "allow" : "deny",
        Parameters.word(verdict.reason()),
        verdict.detail(),
        owner.map(found -> found.owner().id()).orElse(null),
        owner.map(found -> Parameters.word(found.state())).orElse(null),
        owner.flatMap(found -> found.attributes().group()).orElse(null),
        owner.flatMap(found -> found.attributes().site()).orElse(null),
        owner.flatMap(found -> found.attributes().model()).orElse(null),
        standing.map(found -> found.label()).orElse(null),
        standing.map(found -> found.serial().hex()).orElse(null),
        standing.map(found -> found.notAfter()).orElse(null),
        verdict.life().toSeconds());
  }

  private static String fingerprint(ReportApi.Decide asked) {
    if ((asked.certificate() == null) == (asked.fingerprint() == null)) {
      throw ProblemException.invalid("either certificate or fingerprint is needed");
    }
    if (asked.fingerprint() != null) {
      return Parameters.value(
          "fingerprint", SightingResource.plain(asked.fingerprint()), Sighting::requireFingerprint);
    }
    try {
      // the device's own is the first one of a chain
      return Pem.decodeCertificates(Parameters.required("certificate", asked.certificate()))
          .getFirst()
          .sha256();
    } catch (MalformedCertificateException malformed) {
      throw ProblemException.invalid("certificate: not a certificate in PEM");
    }
  }
}
