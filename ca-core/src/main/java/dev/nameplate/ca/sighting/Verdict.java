package dev.nameplate.ca.sighting;

import dev.nameplate.ca.store.Standing;
import java.time.Duration;
import java.util.Optional;

/// Whether a connection may be let in or stay, and why.
///
/// @param standing of the certificate, if it was issued here
/// @param life how long the answer may be used
public record Verdict(Reason reason, String detail, Optional<Standing> standing, Duration life) {

  /// Each but the first is a denial.
  public enum Reason {
    GOOD,
    UNKNOWN,
    NOT_A_DEVICE,
    RETIRED,
    SUSPENDED,
    ON_HOLD,
    REVOKED,
    EARLIER_IDENTITY,
    NOT_YET_VALID,
    EXPIRED,
    UNCONFIRMED
  }

  public boolean allows() {
    return reason == Reason.GOOD;
  }
}
