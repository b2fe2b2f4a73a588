package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.AuthenticationResult;
import dev.nameplate.ca.policy.IdentityLink;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.est.UnauthenticatedRefusals.Kind;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Optional;

/// Verifies what ties a request to its connection and to a password (RFC 7030 section 3.5, RFC
/// 7894): each attribute for itself, and everything that is there. What follows from it is decided
/// by the policy.
///
/// `revocationChallenge` is refused: a certificate is revoked by an operator or by the device's own
/// request, and a password that is taken and never asked for would be a promise not kept.
final class Linking {

  /// What was found.
  sealed interface Finding {

    /// @param requester with the secret of its otpChallenge, if it had one
    record Looked(Requester requester, IdentityLink link) implements Finding {}

    /// An otpChallenge was not looked at: too many wrong secrets before.
    record Throttled(Duration retryAfter) implements Finding {}
  }

  private static final String NO_BINDING =
      "this connection has no channel binding (it takes TLS 1.3, or TLS 1.2 with extended master"
          + " secret)";

  private final Authentication authentication;
  private final Refusals refusals;
  private final SecretThrottle throttle;

  Linking(Authentication authentication, Refusals refusals, SecretThrottle throttle) {
    this.authentication = authentication;
    this.refusals = refusals;
    this.throttle = throttle;
  }

  Finding verify(Requester requester, Csr csr, Peer peer) {
    if (isVouchedFor(requester)) {
      return new Finding.Looked(requester, new IdentityLink.Vouched());
    }
    if (csr.revocationChallenge().isPresent()) {
      return failed(requester, "revocationChallenge is not offered (RFC 7894 section 3.2)");
    }
    // asked only if it is needed: a TLS stack may have to work for it
    var binding =
        csr.challengePassword().or(csr::estIdentityLinking).isPresent()
            ? peer.binding().get()
            : Optional.<ChannelBinding>empty();
    var link =
        link("challengePassword", csr.challengePassword(), binding)
            .or(() -> link("estIdentityLinking", csr.estIdentityLinking(), binding));
    var password = csr.challengePassword().or(csr::estIdentityLinking).isPresent();
    if (link.isPresent()) {
      return new Finding.Looked(requester, link.get());
    }
    var tied = password ? new IdentityLink.Verified() : new IdentityLink.Absent(wanted(peer));
    return csr.otpChallenge().isPresent()
        ? password(requester, csr.otpChallenge().get(), peer, tied)
        : new Finding.Looked(requester, tied);
  }

  /// RFC 7030 section 3.7: a registration authority has a connection of its own with the device.
  private static boolean isVouchedFor(Requester requester) {
    return switch (requester) {
      case Requester.BySecret _,
          Requester.ByCertificate _,
          Requester.WithSecret _,
          Requester.ByManufacturer _,
          Requester.Internal _ ->
          false;
      case Requester.ByStation _ -> true;
    };
  }

  /// What is wrong with the value of one attribute.
  private static Optional<IdentityLink> link(
      String attribute, Optional<String> value, Optional<ChannelBinding> binding) {
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (binding.isEmpty()) {
      return Optional.of(new IdentityLink.Failed(attribute + " cannot be verified: " + NO_BINDING));
    }
    return MessageDigest.isEqual(
            binding.get().base64().getBytes(UTF_8), value.get().strip().getBytes(UTF_8))
        ? Optional.empty()
        : Optional.of(
            new IdentityLink.Failed(attribute + " is not " + value(binding.get().type())));
  }

  private static String wanted(Peer peer) {
    return peer.binding()
        .get()
        .map(binding -> "challengePassword has to be " + value(binding.type()))
        .orElse(NO_BINDING);
  }

  private static String value(ChannelBinding.Type type) {
    return switch (type) {
      case TLS_UNIQUE -> "the tls-unique value of this connection (RFC 5929) in base64";
      case TLS_EXPORTER -> "the tls-exporter value of this connection (RFC 9266) in base64";
    };
  }

  /// A one-time password is an enrollment secret of the device; if the device showed one at the
  /// door it is that one. From now on it counts as shown, and is spent with the others.
  private Finding password(Requester requester, String given, Peer peer, IdentityLink tied) {
    var owner = requester.owner();
    var address = peer.origin().address();
    var wait = throttle.wait(owner.id(), address);
    if (wait.isPresent()) {
      refusals.count(Kind.THROTTLED);
      return new Finding.Throttled(wait.get());
    }
    if (owner.kind() == OwnerKind.DEVICE
        && authentication.bySecret(owner.id(), given.getBytes(UTF_8))
            instanceof AuthenticationResult.Known(Requester.BySecret(_, _, var secretId))) {
      if (requester.secret().isEmpty()) {
        return new Finding.Looked(new Requester.WithSecret(requester, secretId), tied);
      }
      if (requester.secret().get().equals(secretId)) {
        return new Finding.Looked(requester, tied);
      }
    }
    throttle.failed(owner.id(), address);
    refusals.count(Kind.WRONG_SECRET);
    return failed(requester, "otpChallenge is not the enrollment secret of " + owner);
  }

  private static Finding failed(Requester requester, String detail) {
    return new Finding.Looked(requester, new IdentityLink.Failed(detail));
  }
}
