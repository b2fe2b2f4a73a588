package dev.nameplate.ca.policy;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.CertificateProfile.Names;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.profile.EnrollmentRules.Linking;
import dev.nameplate.ca.profile.EnrollmentRules.RequestedExtensions;
import dev.nameplate.ca.profile.EnrollmentRules.Require;
import dev.nameplate.ca.x509.AltName;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.CsrAttribute.ChangeSubjectName;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.TbsCertificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The rules that need nothing but the request and the time. What depends on what is remembered
/// (who owns a key, whether a device is retired) is decided by the store, under its locks.
public final class IssuancePolicy {

  private static final String SUBJECT_ALT_NAME = "2.5.29.17";
  private static final int LONGEST = 300;

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
    if (request.requester() instanceof Requester.Internal) {
      return Optional.empty();
    }
    return credentials(request)
        .or(() -> linking(request))
        .or(() -> admission(request, now))
        .or(() ->
            request
                .requester()
                .certificate()
                .flatMap(presented ->
                    renewed(request, presented).or(() -> rotation(request, presented, now))))
        .or(() -> names(request));
  }

  /// A label may want a certificate and a secret at enrollment; a renewal shows its certificate.
  private static Optional<Refusal> credentials(IssuanceRequest request) {
    var both = wantsBoth(request);
    return switch (request.requester()) {
      case Requester.ByCertificate _,
          Requester.BySecret _,
          Requester.ByManufacturer _,
          Requester.ByStation _ ->
          both && request.purpose() != Purpose.REENROLL
              ? refuse(
                  Reason.CREDENTIAL_NOT_ACCEPTED,
                  "label "
                      + request.profile().name()
                      + " wants a client certificate and the enrollment secret of the same device")
              : Optional.empty();
      case Requester.WithSecret _, Requester.Internal _ -> Optional.empty();
    };
  }

  private static boolean wantsBoth(IssuanceRequest request) {
    return request
        .profile()
        .enrollment()
        .filter(rules -> rules.require() == Require.CERTIFICATE_AND_SECRET)
        .isPresent();
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

  private static Optional<Refusal> admission(IssuanceRequest request, Instant now) {
    return switch (request.purpose()) {
      case ENROLL, SERVER_KEYGEN -> admitted(request, request.requester(), now);
      case REENROLL ->
          request.requester().certificate().isPresent()
              ? Optional.empty()
              : refuse(
                  Reason.CREDENTIAL_NOT_ACCEPTED,
                  "re-enrollment needs the certificate that is renewed as TLS client certificate");
    };
  }

  /// What lets somebody in is what the label says, and nothing else.
  private static Optional<Refusal> admitted(
      IssuanceRequest request, Requester requester, Instant now) {
    return switch (requester) {
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
      case Requester.WithSecret with -> {
        var secret = accepted(request, Credential.SECRET, "an enrollment secret");
        var certificate = admitted(request, with.holder(), now);
        // where both are wanted both have to be good, elsewhere one is enough
        yield wantsBoth(request) ? certificate.or(() -> secret) : certificate.flatMap(_ -> secret);
      }
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
  private static Optional<Refusal> renewed(IssuanceRequest request, Certificate presented) {
    if (request.purpose() != Purpose.REENROLL) {
      return Optional.empty();
    }
    var csr = request.csr();
    var match = request.profile().rotation().nameMatch();
    var sameSubject =
        switch (match) {
          case RFC5280 -> csr.subject().matches(presented.subject());
          case BYTES -> csr.subject().equals(presented.subject());
        };
    if (!sameSubject) {
      return refuse(
          Reason.SUBJECT_MISMATCH,
          "the CSR's subject "
              + text(csr.subject())
              + " is not the enrolled "
              + text(presented.subject()));
    }
    var sameNames =
        switch (match) {
          // a SEQUENCE, but nothing says that its order means anything
          case RFC5280 ->
              Set.copyOf(names(csr.subjectAltName()))
                  .equals(Set.copyOf(names(presented.subjectAltName())));
          case BYTES -> csr.subjectAltName().equals(presented.subjectAltName());
        };
    return sameNames
        ? Optional.empty()
        : refuse(
            Reason.SUBJECT_MISMATCH,
            "the CSR's subjectAltName "
                + text(names(csr.subjectAltName()))
                + " is not the enrolled "
                + text(names(presented.subjectAltName())));
  }

  /// The rhythm of renewal. Also over simpleenroll, which would be a way around it otherwise.
  private static Optional<Refusal> rotation(
      IssuanceRequest request, Certificate presented, Instant now) {
    var rotation = request.profile().rotation();
    if (rotation.sameKeyRenewals() == 0
        && request.csr().publicKey().equals(presented.publicKey())) {
      return refuse(Reason.REKEY_REQUIRED, "a renewal needs a new key");
    }
    var life = Duration.between(presented.notBefore(), presented.notAfter());
    var due = presented.notBefore().plusSeconds((long) (life.toSeconds() * rotation.windowStart()));
    if (!rotation.earlyRenewal() && now.isBefore(due)) {
      return refuse(
          Reason.TOO_EARLY,
          "renewal begins at " + due + ", and it is " + now.truncatedTo(ChronoUnit.SECONDS));
    }
    return Optional.empty();
  }

  /// The names that the certificate would have.
  private static Optional<Refusal> names(IssuanceRequest request) {
    var change = request.csr().changeSubjectName();
    if (change.isPresent()) {
      var refusal = change(request, change.get());
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    if (!(request.profile().names() instanceof Names.Within(var allowed))) {
      return Optional.empty();
    }
    return allowed
        .firstDenied(names(request.subjectAltName()), request.requester().owner())
        .map(name ->
            new Refusal(
                Reason.NAME_NOT_ALLOWED,
                "profile " + request.profile().name() + " does not allow the " + text(name)));
  }

  /// RFC 6402 section 2.8. The subject is the identity itself: it can be repeated, not changed.
  private static Optional<Refusal> change(IssuanceRequest request, ChangeSubjectName change) {
    var profile = request.profile();
    if (request.purpose() != Purpose.REENROLL || !profile.rotation().changeNames()) {
      return refuse(
          Reason.NAME_NOT_ALLOWED,
          request.purpose() == Purpose.REENROLL
              ? "profile " + profile.name() + " does not let a renewal change its names"
              : "only a renewal can change its names");
    }
    var owner = request.requester().owner();
    var identity = DistinguishedName.ofCommonName(owner.id());
    var asked = change.subject();
    if (asked.isEmpty() || !asked.get().matches(identity)) {
      return refuse(
          Reason.NAME_NOT_ALLOWED,
          "the identity of "
              + owner
              + " is "
              + text(identity)
              + ", and changeSubjectName asks for "
              + asked.map(IssuancePolicy::text).orElse("an empty subject"));
    }
    return profile.names().equals(Names.NONE) && change.subjectAltName().isPresent()
        ? refuse(Reason.NAME_NOT_ALLOWED, "profile " + profile.name() + " issues no subjectAltName")
        : Optional.empty();
  }

  /// Where a label refuses rather than ignores: the first extension that was asked for and will not
  /// be in the certificate exactly so. The names were decided on already.
  ///
  /// @param tbs what would be signed
  public Optional<Refusal> missing(Decision.Approved approved, TbsCertificate tbs) {
    var request = approved.request();
    var refuses =
        request
            .profile()
            .enrollment()
            .filter(rules -> rules.requestedExtensions() == RequestedExtensions.REFUSE)
            .isPresent();
    if (!refuses) {
      return Optional.empty();
    }
    var csr = request.csr();
    return csr.requestedExtensions().stream()
        .sorted()
        .filter(oid -> csr.changeSubjectName().isEmpty() || !oid.equals(SUBJECT_ALT_NAME))
        .filter(oid -> !csr.requestedExtension(oid).equals(tbs.extension(oid)))
        .findFirst()
        .map(oid ->
            new Refusal(
                Reason.EXTENSION_NOT_ALLOWED,
                tbs.extension(oid).isPresent()
                    ? "profile "
                        + request.profile().name()
                        + " has another value of extension "
                        + oid
                    : "profile " + request.profile().name() + " does not issue extension " + oid));
  }

  private static List<AltName> names(Optional<Der> generalNames) {
    return generalNames.map(AltName::of).orElse(List.of());
  }

  private static String text(DistinguishedName name) {
    return name.isEmpty() ? "(empty)" : name.toString();
  }

  private static String text(List<AltName> names) {
    return names.isEmpty()
        ? "(none)"
        : shortened(names.stream().map(AltName::toString).collect(Collectors.joining(", ")));
  }

  private static String text(AltName name) {
    return shortened(name.toString());
  }

  /// Names can have kilobytes, and this is read by people.
  private static String shortened(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }

  private static Optional<Refusal> refuse(Reason reason, String detail) {
    return Optional.of(new Refusal(reason, detail));
  }
}
