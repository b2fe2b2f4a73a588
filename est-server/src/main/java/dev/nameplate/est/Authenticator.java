package dev.nameplate.est;

import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.AuthenticationResult;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.est.UnauthenticatedRefusals.Kind;

/// Finds out who sent a request (RFC 7030 section 3.2.3), anew for each request: a connection that
/// was let in once proves nothing about the next request on it.
///
/// At re-enrollment the client certificate decides. At enrollment a valid one comes first, and
/// where there is none the one-time secret decides: whoever holds a new secret gets in, also with a
/// manufacturer's, an expired or a revoked certificate in hand, for without any they would get in
/// as well. A retired device does not; its secrets are refused with it.
final class Authenticator {

  private final Authentication authentication;
  private final Refusals refusals;
  private final SecretThrottle throttle;

  Authenticator(Authentication authentication, Refusals refusals, SecretThrottle throttle) {
    this.authentication = authentication;
    this.refusals = refusals;
    this.throttle = throttle;
  }

  Caller identify(Peer peer, CertificateProfile profile, Purpose purpose) {
    var basic = peer.authorization().flatMap(BasicCredentials::parse);
    // whether the secret gets its turn when the certificate is not good enough
    var secretNext = purpose != Purpose.REENROLL && basic.isPresent();
    if (peer.leaf().isPresent()) {
      switch (authentication.byCertificate(peer.leaf().get().toByteArray(), peer.origin())) {
        case AuthenticationResult.Known(var requester) -> {
          return new Caller.Known(requester);
        }
        case AuthenticationResult.Refused(var refusal) -> {
          if (!secretNext) {
            return new Caller.Rejected(refusals.outcome(refusal));
          }
        }
        case AuthenticationResult.Unknown(_) -> {
          if (!secretNext) {
            refusals.count(Kind.UNKNOWN_CERTIFICATE);
          }
          if (purpose == Purpose.REENROLL) {
            return new Caller.Rejected(
                Outcome.Refused.of(403, "Refused: the client certificate was not issued here."));
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
      return bySecret(credentials, peer.origin().address());
    }
  }

  private Caller bySecret(BasicCredentials basic, String address) {
    var wait = throttle.wait(basic.user(), address);
    if (wait.isPresent()) {
      refusals.count(Kind.THROTTLED);
      return new Caller.Rejected(
          Outcome.Refused.later(
              429, "Too many wrong enrollment secrets; try again later.", wait.get()));
    }
    return switch (authentication.bySecret(basic.user(), basic.secret())) {
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
