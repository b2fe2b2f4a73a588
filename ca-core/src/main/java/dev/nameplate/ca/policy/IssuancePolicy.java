package dev.nameplate.ca.policy;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.profile.EnrollmentRules.Linking;
import dev.nameplate.ca.profile.EnrollmentRules.Require;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The rules that need nothing but the request and the time. What depends on what is remembered
/// (who owns a key, whether a device is retired) is decided by the store, under its locks.
public final class IssuancePolicy {

  public Decision decide(IssuanceRequest request, Instant now) {
    return refusal(request, now)
        .<Decision>map(Decision.Refused::new)
        .orElseGet(() -> new Decision.Approved(request));
  }

  private static Optional<Refusal> refusal(IssuanceRequest request, Instant now) {
    var profile = request.profile();
    var owner = request.requester().owner();
    if (!profile.owners().contains(owner.kind())) {
      return refuse(
          Reason.PROFILE_NOT_ALLOWED,
          "profile " + profile.name() + " is not for a " + owner.kind().text());
    }
    var key = request.csr().publicKey().type();
    if (!profile.keys().allows(key)) {
      return refuse(
          Reason.KEY_TYPE_NOT_ALLOWED,
          "profile " + profile.name() + " does not allow " + key.text() + " keys");
    }
    return credentials(request).or(() -> linking(request)).or(() -> purpose(request, now));
  }

  /// A label may want a certificate and a secret at enrollment; a renewal shows its certificate.
  private static Optional<Refusal> credentials(IssuanceRequest request) {
    var both =
        request
            .profile()
            .enrollment()
            .filter(rules -> rules.require() == Require.CERTIFICATE_AND_SECRET)
            .isPresent();
    return switch (request.requester()) {
      case Requester.ByCertificate _,
          Requester.BySecret _,
          Requester.ByManufacturer _,
          Requester.ByStation _ ->
          both && request.purpose() == Purpose.ENROLL
              ? refuse(
                  Reason.CREDENTIAL_NOT_ACCEPTED,
                  "label "
                      + request.profile().name()
                      + " wants a client certificate and the enrollment secret of the same device")
              : Optional.empty();
      case Requester.WithSecret _, Requester.Internal _ -> Optional.empty();
    };
  }

  /// RFC 7030 section 3.5: what is there has to be right, and it may have to be there.
  private static Optional<Refusal> linking(IssuanceRequest request) {
    return switch (request.link()) {
      case IdentityLink.Failed(var detail) -> refuse(Reason.LINKING_FAILED, detail);
      case IdentityLink.Absent(var wanted) ->
          request
              .profile()
              .enrollment()
              .filter(rules -> rules.linking() == Linking.REQUIRED)
              .flatMap(_ ->
                  refuse(
                      Reason.LINKING_REQUIRED,
                      "label "
                          + request.profile().name()
                          + " wants requests that are tied to their TLS connection: "
                          + wanted));
      case IdentityLink.Verified(), IdentityLink.Vouched() -> Optional.empty();
    };
  }

  private static Optional<Refusal> purpose(IssuanceRequest request, Instant now) {
    return switch (request.purpose()) {
      case ENROLL -> enrollment(request, now);
      case REENROLL ->
          switch (request.requester()) {
            case Requester.ByCertificate by -> renewal(request, by.presented(), now);
            case Requester.BySecret _, Requester.ByManufacturer _, Requester.ByStation _ ->
                refuse(
                    Reason.CREDENTIAL_NOT_ACCEPTED,
                    "re-enrollment needs the certificate that is renewed as TLS client certificate");
            case Requester.WithSecret with ->
                with.certificate()
                    .map(presented -> renewal(request, presented, now))
                    .orElse(Optional.empty());
            case Requester.Internal _ -> Optional.empty();
          };
    };
  }

  /// What lets somebody in is what the label says, and nothing else.
  private static Optional<Refusal> enrollment(IssuanceRequest request, Instant now) {
    return switch (request.requester()) {
      case Requester.BySecret _ -> accepted(request, Credential.SECRET, "an enrollment secret");
      case Requester.ByCertificate by ->
          by.presented().isValidAt(now)
              ? accepted(request, Credential.CERTIFICATE, "a certificate of ours")
              : refuse(
                  Reason.CREDENTIAL_NOT_ACCEPTED,
                  "the client certificate expired at "
                      + by.presented().notAfter()
                      + ", and is good for its own renewal only");
      case Requester.ByManufacturer _ ->
          accepted(request, Credential.MANUFACTURER, "a manufacturer's certificate");
      case Requester.ByStation _ -> accepted(request, Credential.STATION, "a station");
      // the store looks at both once more
      case Requester.WithSecret _ -> accepted(request, Credential.SECRET, "an enrollment secret");
      case Requester.Internal _ -> Optional.empty();
    };
  }

  private static Optional<Refusal> accepted(
      IssuanceRequest request, Credential shown, String inWords) {
    return request
        .profile()
        .enrollment()
        .filter(rules -> !rules.credentials().contains(shown))
        .map(_ ->
            new Refusal(
                Reason.CREDENTIAL_NOT_ACCEPTED,
                inWords + " does not let anybody in under " + request.profile().name()));
  }

  /// RFC 7030 section 4.2.2: the same identity, as the presented certificate has it.
  private static Optional<Refusal> renewal(
      IssuanceRequest request, Certificate presented, Instant now) {
    if (!sameIdentity(request.csr(), presented)) {
      return refuse(
          Reason.SUBJECT_MISMATCH,
          "the request is for "
              + request.csr().subject()
              + ", the presented certificate is "
              + presented.subject()
              + ": subject and subjectAltName must be the same");
    }
    var rotation = request.profile().rotation();
    if (!rotation.sameKey() && request.csr().publicKey().equals(presented.publicKey())) {
      return refuse(Reason.REKEY_REQUIRED, "a renewal needs a new key");
    }
    var life = Duration.between(presented.notBefore(), presented.notAfter());
    var due = presented.notBefore().plusSeconds((long) (life.toSeconds() * rotation.windowStart()));
    if (!rotation.earlyRenewal() && now.isBefore(due)) {
      return refuse(Reason.TOO_EARLY, "renewal begins at " + due);
    }
    return Optional.empty();
  }

  private static boolean sameIdentity(Csr csr, Certificate presented) {
    return csr.subject().matches(presented.subject())
        && csr.subjectAltName().equals(presented.subjectAltName());
  }

  private static Optional<Refusal> refuse(Reason reason, String detail) {
    return Optional.of(new Refusal(reason, detail));
  }
}
