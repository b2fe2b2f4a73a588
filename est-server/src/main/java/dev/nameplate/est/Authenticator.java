package dev.nameplate.est;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.AuthenticationResult;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.profile.EnrollmentRules.Require;
import dev.nameplate.ca.profile.EnrollmentRules.SecretScheme;
import dev.nameplate.ca.trust.ManufacturerAuthentication;
import dev.nameplate.ca.trust.StationAuthentication;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.est.UnauthenticatedRefusals.Kind;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// Finds out who sent a request (RFC 7030 section 3.2.3), anew for each request: a connection that
/// was let in once proves nothing about the next request on it.
///
/// At re-enrollment the client certificate decides; one of ours that has expired may be renewed for
/// as long as the label says, and nothing else. At enrollment a valid one comes first, and where
/// there is none the one-time secret decides: whoever holds a new secret gets in, also with an
/// expired or a revoked certificate in hand, for without any they would get in as well. A retired
/// device does not; its secrets are refused with it. Where a label wants both, both have to be
/// good, and of the same device. A certificate that is not ours is looked at where the label trusts
/// manufacturers, and at enrollment only: it renews nothing.
final class Authenticator {

  /// Nothing went wrong yet, and Bouncy Castle's client cannot answer a challenge with a body.
  private static final String FIRST_CHALLENGE = "";

  private final Authentication authentication;
  private final ManufacturerAuthentication manufacturers;
  private final StationAuthentication stations;
  private final Refusals refusals;
  private final SecretThrottle throttle;
  private final DigestNonces nonces;
  private final Challenges challenges;

  Authenticator(
      Authentication authentication,
      ManufacturerAuthentication manufacturers,
      StationAuthentication stations,
      Refusals refusals,
      SecretThrottle throttle,
      DigestNonces nonces) {
    this.authentication = authentication;
    this.manufacturers = manufacturers;
    this.stations = stations;
    this.refusals = refusals;
    this.throttle = throttle;
    this.nonces = nonces;
    this.challenges = new Challenges(nonces);
  }

  Caller identify(Peer peer, CertificateProfile profile, Purpose purpose) {
    var secret = secret(peer, profile);
    var both = wantsBoth(profile, purpose);
    // whether the secret gets its turn when the certificate is not good enough
    var secretNext = purpose != Purpose.REENROLL && !both && secret.isPresent();
    if (peer.leaf().isPresent()) {
      var leaf = peer.leaf().get().toByteArray();
      switch (authentication.byCertificate(leaf, peer.origin(), grace(profile, purpose))) {
        case AuthenticationResult.Known(var holder) -> {
          return both && secret.isPresent()
              ? both(holder, secret.get().get(), peer, profile)
              : new Caller.Known(holder);
        }
        case AuthenticationResult.Refused(var refusal) -> {
          if (!secretNext) {
            return new Caller.Rejected(refusals.outcome(refusal));
          }
        }
        case AuthenticationResult.Unknown(_) -> {
          var decided = byManufacturer(peer, profile, purpose, secret, both);
          if (decided.isPresent()) {
            return decided.get();
          }
        }
      }
    }
    if (secret.isPresent()) {
      return secret.get().get();
    }
    return unauthenticated(
        profile,
        peer.authorization().isEmpty()
            ? FIRST_CHALLENGE
            : "This needs a client certificate, or a device's name with its enrollment secret.");
  }

  /// What to say to somebody who showed a certificate where a secret is wanted as well: many
  /// clients send one only when they are asked.
  Optional<Outcome> missing(Requester requester, CertificateProfile profile, Purpose purpose) {
    return wantsBoth(profile, purpose) && requester.secret().isEmpty()
        ? Optional.of(new Outcome.Unauthenticated(FIRST_CHALLENGE, challenges.of(profile, false)))
        : Optional.empty();
  }

  private static boolean wantsBoth(CertificateProfile profile, Purpose purpose) {
    return purpose != Purpose.REENROLL
        && profile
            .enrollment()
            .filter(rules -> rules.require() == Require.CERTIFICATE_AND_SECRET)
            .isPresent();
  }

  /// Whose certificate of ours the client presented, where nothing else lets in.
  Caller holder(Peer peer) {
    if (peer.leaf().isEmpty()) {
      return new Caller.Rejected(
          Outcome.Refused.of(403, "Refused: this needs a client certificate."));
    }
    return switch (authentication.byCertificate(
        peer.leaf().get().toByteArray(), peer.origin(), Duration.ZERO)) {
      case AuthenticationResult.Known(var requester) -> new Caller.Known(requester);
      case AuthenticationResult.Refused(var refusal) ->
          new Caller.Rejected(refusals.outcome(refusal));
      case AuthenticationResult.Unknown(var why) -> {
        refusals.count(Kind.UNKNOWN_CERTIFICATE);
        yield new Caller.Rejected(Outcome.Refused.of(403, "Refused: " + why + "."));
      }
    };
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
      Peer peer,
      CertificateProfile profile,
      Purpose purpose,
      Optional<Supplier<Caller>> secret,
      boolean both) {
    var secretNext = secret.isPresent() && !both;
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
      case AuthenticationResult.Known(var holder) ->
          Optional.of(
              both && secret.isPresent()
                  ? both(holder, secret.get().get(), peer, profile)
                  : new Caller.Known(holder));
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
                        "The client certificate lets nobody in here: " + why + ".",
                        challenges.of(profile, false))
                    : Outcome.Refused.of(403, "Refused: " + why + ".")));
      }
    };
  }

  private static Duration grace(CertificateProfile profile, Purpose purpose) {
    return switch (purpose) {
      case ENROLL, SERVER_KEYGEN -> Duration.ZERO;
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

  /// How to look at the secret that was sent, if one was in a way that the label offers.
  private Optional<Supplier<Caller>> secret(Peer peer, CertificateProfile profile) {
    if (peer.authorization().isEmpty()) {
      return Optional.empty();
    }
    var authorization = peer.authorization().get();
    var offered = Challenges.offered(profile);
    if (offered.contains(SecretScheme.DIGEST) && DigestCredentials.are(authorization)) {
      return Optional.of(() -> byDigest(authorization, profile, peer.origin().address()));
    }
    if (offered.contains(SecretScheme.BASIC)) {
      return BasicCredentials.parse(authorization.header())
          .map(basic -> () -> bySecret(basic, profile, peer.origin().address()));
    }
    return Optional.empty();
  }

  private Caller bySecret(BasicCredentials basic, CertificateProfile profile, String address) {
    try (basic) {
      var wait = throttle.wait(basic.user(), address);
      return wait.isPresent()
          ? throttled(Refusals.throttled(wait.get()))
          : caller(
              authentication.bySecret(basic.user(), basic.secret(), profile.owners()),
              profile,
              basic.user(),
              address);
    }
  }

  private Caller byDigest(
      HttpAuthorization authorization, CertificateProfile profile, String address) {
    DigestCredentials digest;
    try {
      digest = DigestCredentials.parse(authorization);
    } catch (DigestCredentials.UnusableException unusable) {
      return unauthenticated(profile, unusable.reason() + ".");
    }
    if (!digest.uri().equals(authorization.target())) {
      // RFC 7616 section 3.4.6: it may be an attack, and no challenge would help
      return new Caller.Rejected(
          Outcome.Refused.of(400, "The uri of Digest is not the one that was asked for."));
    }
    var wait = throttle.wait(digest.user(), address);
    if (wait.isPresent()) {
      return throttled(Refusals.throttled(wait.get()));
    }
    var caller =
        caller(
            authentication.byDigest(digest.user(), digest::proves),
            profile,
            digest.user(),
            address);
    // only now: of a nonce with a wrong secret nothing is remembered
    if (caller instanceof Caller.Known && !nonces.use(digest.nonce(), digest.count())) {
      return new Caller.Rejected(
          new Outcome.Unauthenticated(
              "The nonce is too old or was used; here is a new one.",
              challenges.of(profile, true)));
    }
    return caller;
  }

  private Caller caller(
      AuthenticationResult result, CertificateProfile profile, String user, String address) {
    return switch (result) {
      case AuthenticationResult.Known(var requester) -> new Caller.Known(requester);
      case AuthenticationResult.Refused(var refusal) ->
          new Caller.Rejected(refusals.outcome(refusal));
      case AuthenticationResult.Unknown(_) -> {
        throttle.failed(user, address);
        refusals.count(Kind.WRONG_SECRET);
        // one answer for a wrong name and a wrong secret
        yield unauthenticated(profile, "There is no device with this name and enrollment secret.");
      }
    };
  }

  private Caller both(Requester holder, Caller knower, Peer peer, CertificateProfile profile) {
    if (!(knower instanceof Caller.Known(Requester.BySecret secret))) {
      return knower;
    }
    return switch (authentication.both(holder, secret, profile.name(), peer.origin())) {
      case AuthenticationResult.Known(var requester) -> new Caller.Known(requester);
      case AuthenticationResult.Refused(var refusal) ->
          new Caller.Rejected(refusals.outcome(refusal));
      case AuthenticationResult.Unknown(var detail) -> throw new IllegalStateException(detail);
    };
  }

  private Caller throttled(Outcome outcome) {
    refusals.count(Kind.THROTTLED);
    return new Caller.Rejected(outcome);
  }

  /// 401 has to name a way in (RFC 7235 section 3.1): where only certificates let in, it is 403.
  private Caller unauthenticated(CertificateProfile profile, String sentence) {
    var ways = challenges.of(profile, false);
    return new Caller.Rejected(
        ways.isEmpty()
            ? Outcome.Refused.of(403, "Refused: this needs a client certificate.")
            : new Outcome.Unauthenticated(sentence, ways));
  }
}
