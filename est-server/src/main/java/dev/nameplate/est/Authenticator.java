package dev.nameplate.est;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.AuthenticationResult;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.trust.ManufacturerAuthentication;
import dev.nameplate.ca.trust.StationAuthentication;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.est.UnauthenticatedRefusals.Kind;
import java.time.Duration;
import java.util.Optional;

/// Finds out who sent a request (RFC 7030 section 3.2.3), anew for each request: a connection that
/// was let in once proves nothing about the next request on it.
///
/// At re-enrollment the client certificate decides. At enrollment a valid one comes first, and
/// where there is none the one-time secret decides: whoever holds a new secret gets in, also with a
/// manufacturer's, an expired or a revoked certificate in hand, for without any they would get in
/// as well. A retired device does not; its secrets are refused with it.
///
/// A certificate that is not ours is looked at where the label trusts manufacturers, and at
/// enrollment only: it renews nothing. One of ours that has expired may be renewed for as long as
/// the label says, and nothing else.
final class Authenticator {

  private final Authentication authentication;
  private final ManufacturerAuthentication manufacturers;
  private final StationAuthentication stations;
  private final Refusals refusals;
  private final SecretThrottle throttle;

  Authenticator(
      Authentication authentication,
      ManufacturerAuthentication manufacturers,
      StationAuthentication stations,
      Refusals refusals,
      SecretThrottle throttle) {
    this.authentication = authentication;
    this.manufacturers = manufacturers;
    this.stations = stations;
    this.refusals = refusals;
    this.throttle = throttle;
  }

  Caller identify(Peer peer, CertificateProfile profile, Purpose purpose) {
    var basic = peer.authorization().flatMap(BasicCredentials::parse);
    // whether the secret gets its turn when the certificate is not good enough
    var secretNext = purpose == Purpose.ENROLL && basic.isPresent();
    if (peer.leaf().isPresent()) {
      var leaf = peer.leaf().get().toByteArray();
      switch (authentication.byCertificate(leaf, peer.origin(), grace(profile, purpose))) {
        case AuthenticationResult.Known(var requester) -> {
          return new Caller.Known(requester);
        }
        case AuthenticationResult.Refused(var refusal) -> {
          if (!secretNext) {
            return new Caller.Rejected(refusals.outcome(refusal));
          }
        }
        case AuthenticationResult.Unknown(_) -> {
          var decided = byManufacturer(peer, profile, purpose, secretNext);
          if (decided.isPresent()) {
            return decided.get();
          }
        }
      }
    }
    if (basic.isEmpty()) {
      return new Caller.Rejected(
          new Outcome.Unauthenticated(
              "This needs a client certificate, or a device's name with its enrollment secret."));
    }
    try (var credentials = basic.get()) {
      return bySecret(credentials, profile, peer.origin().address());
    }
  }

  /// Whom a request is for: a station's is for the device that it names, anybody else's is for
  /// whoever sent it. A station's that comes without this step is refused.
  Caller onBehalf(
      Requester requester, Csr csr, CertificateProfile profile, Purpose purpose, Origin origin) {
    if (purpose == Purpose.ENROLL
        && StationAuthentication.isForOthers(requester, profile)
        && requester instanceof Requester.ByCertificate station) {
      return switch (stations.onBehalf(station, csr, profile, origin)) {
        case AuthenticationResult.Known(var asking) -> new Caller.Known(asking);
        case AuthenticationResult.Refused(var refusal) ->
            new Caller.Rejected(refusals.outcome(refusal));
        case AuthenticationResult.Unknown(var why) ->
            new Caller.Rejected(Outcome.Refused.of(403, "Refused: " + why + "."));
      };
    }
    return new Caller.Known(requester);
  }

  /// What becomes of somebody whose certificate is not ours; empty if the secret decides.
  private Optional<Caller> byManufacturer(
      Peer peer, CertificateProfile profile, Purpose purpose, boolean secretNext) {
    if (purpose == Purpose.REENROLL) {
      refusals.count(Kind.UNKNOWN_CERTIFICATE);
      return Optional.of(
          new Caller.Rejected(
              Outcome.Refused.of(403, "Refused: the client certificate was not issued here.")));
    }
    if (!accepts(profile, Credential.MANUFACTURER)) {
      if (!secretNext) {
        refusals.count(Kind.UNKNOWN_CERTIFICATE);
      }
      return Optional.empty();
    }
    return switch (manufacturers.identify(peer.presented(), profile, peer.origin())) {
      case AuthenticationResult.Known(var requester) -> Optional.of(new Caller.Known(requester));
      case AuthenticationResult.Refused(var refusal) ->
          secretNext
              ? Optional.empty()
              : Optional.of(new Caller.Rejected(refusals.outcome(refusal)));
      case AuthenticationResult.Unknown(var why) -> {
        if (secretNext) {
          yield Optional.empty();
        }
        refusals.count(Kind.UNKNOWN_CERTIFICATE);
        yield Optional.of(
            new Caller.Rejected(
                accepts(profile, Credential.SECRET)
                    ? new Outcome.Unauthenticated(
                        "The client certificate lets nobody in here: " + why + ".")
                    : Outcome.Refused.of(403, "Refused: " + why + ".")));
      }
    };
  }

  private static Duration grace(CertificateProfile profile, Purpose purpose) {
    return switch (purpose) {
      case ENROLL -> Duration.ZERO;
      case REENROLL ->
          profile.enrollment().map(EnrollmentRules::expiredGrace).orElse(Duration.ZERO);
    };
  }

  private static boolean accepts(CertificateProfile profile, Credential credential) {
    return profile
        .enrollment()
        .filter(rules -> rules.credentials().contains(credential))
        .isPresent();
  }

  private Caller bySecret(BasicCredentials basic, CertificateProfile profile, String address) {
    var wait = throttle.wait(basic.user(), address);
    if (wait.isPresent()) {
      refusals.count(Kind.THROTTLED);
      return new Caller.Rejected(
          Outcome.Refused.later(
              429, "Too many wrong enrollment secrets; try again later.", wait.get()));
    }
    return switch (authentication.bySecret(basic.user(), basic.secret(), profile.owners())) {
      case AuthenticationResult.Known(var requester) -> new Caller.Known(requester);
      case AuthenticationResult.Refused(var refusal) ->
          new Caller.Rejected(refusals.outcome(refusal));
      case AuthenticationResult.Unknown(_) -> {
        throttle.failed(basic.user(), address);
        refusals.count(Kind.WRONG_SECRET);
        // one answer for a wrong name and a wrong secret
        yield new Caller.Rejected(
            new Outcome.Unauthenticated(
                "There is no device with this name and enrollment secret."));
      }
    };
  }
}
