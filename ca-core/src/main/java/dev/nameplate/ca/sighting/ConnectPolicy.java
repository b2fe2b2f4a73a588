package dev.nameplate.ca.sighting;

import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.store.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Whether a device may connect with its certificate now: pure. Who asks has seen the TLS handshake,
/// which proved the key; what the certificate is worth is known here only.
///
/// @param life how long an answer may be used at most
/// @param admitsUnconfirmed whether a certificate may be used that was never seen in use: if not,
///   the device has to come here with it first
public record ConnectPolicy(Duration life, boolean admitsUnconfirmed) {

  public ConnectPolicy {
    if (life.compareTo(Duration.ofSeconds(1)) < 0 || life.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("an answer holds for 1 second to 1 hour, not " + life);
    }
  }

  /// @param standing of the certificate; empty if none with this fingerprint was issued
  public Verdict judge(Optional<Standing> standing, Instant now) {
    if (standing.isEmpty()) {
      return new Verdict(Verdict.Reason.UNKNOWN, "no certificate of this CA", standing, life);
    }
    var found = standing.get();
    var reason = reason(found, now);
    var end = Duration.between(now, found.notAfter().plusSeconds(1));
    return new Verdict(
        reason,
        detail(reason, found),
        standing,
        reason == Verdict.Reason.GOOD && end.compareTo(life) < 0 ? end : life);
  }

  private Verdict.Reason reason(Standing found, Instant now) {
    if (!found.isDevices()) {
      return Verdict.Reason.NOT_A_DEVICE;
    }
    var ofOwner = ofOwner(found.owner().state());
    if (ofOwner != Verdict.Reason.GOOD) {
      return ofOwner;
    }
    if (found.revocation().isPresent()) {
      return found.isHeld() ? Verdict.Reason.ON_HOLD : Verdict.Reason.REVOKED;
    }
    if (found.epoch() != found.owner().epoch()) {
      return Verdict.Reason.EARLIER_IDENTITY;
    }
    if (now.isBefore(found.notBefore())) {
      return Verdict.Reason.NOT_YET_VALID;
    }
    if (!now.isBefore(found.notAfter().plusSeconds(1))) {
      return Verdict.Reason.EXPIRED;
    }
    return found.awaitsConfirmation() && !admitsUnconfirmed
        ? Verdict.Reason.UNCONFIRMED
        : Verdict.Reason.GOOD;
  }

  private static Verdict.Reason ofOwner(OwnerState state) {
    return switch (state) {
      case REGISTERED, ENROLLED, ACTIVE -> Verdict.Reason.GOOD;
      case SUSPENDED -> Verdict.Reason.SUSPENDED;
      case RETIRING, RETIRED, CANCELLED, PURGED -> Verdict.Reason.RETIRED;
    };
  }

  private static String detail(Verdict.Reason reason, Standing found) {
    var owner = found.owner().owner();
    return switch (reason) {
      case GOOD -> "the certificate is good until " + found.notAfter();
      case UNKNOWN -> throw new IllegalStateException("unknown, and found");
      case NOT_A_DEVICE -> owner + " is no device";
      case RETIRED -> owner + " is retired";
      case SUSPENDED -> owner + " is suspended";
      case ON_HOLD -> "the certificate is on hold since " + revokedAt(found);
      case REVOKED -> "the certificate was revoked at " + revokedAt(found);
      case EARLIER_IDENTITY -> "the certificate is from an earlier identity of " + owner;
      case NOT_YET_VALID -> "the certificate is not valid before " + found.notBefore();
      case EXPIRED -> "the certificate expired at " + found.notAfter();
      case UNCONFIRMED -> "the certificate was never used here since it was issued";
    };
  }

  private static String revokedAt(Standing found) {
    var why = found.revocation().orElseThrow();
    return why.at() + " (" + why.reason() + ")";
  }
}
