package dev.nameplate.ca.revocation;

import dev.nameplate.ca.store.CrlState;
import java.time.Duration;
import java.time.Instant;

/// When a CRL is made, and for how long it is good.
///
/// @param validity from thisUpdate to nextUpdate
/// @param period how old a CRL becomes before the next one is made, changed or not
/// @param debounce how old it must be before a revocation makes the next one: the first revocation
///   is published at once, a flood of them in steps
public record CrlSchedule(Duration validity, Duration period, Duration debounce) {

  public static final CrlSchedule DEFAULT =
      new CrlSchedule(Duration.ofHours(24), Duration.ofHours(1), Duration.ofSeconds(15));

  public CrlSchedule {
    if (debounce.isNegative() || debounce.compareTo(period) > 0) {
      throw new IllegalArgumentException(
          "a CRL debounce of " + debounce + " with a period of " + period);
    }
    if (period.compareTo(validity) >= 0) {
      throw new IllegalArgumentException(
          "a CRL period of " + period + " leaves no overlap in a validity of " + validity);
    }
  }

  /// Whether a CRL that stands like this is to be made anew.
  public boolean isDue(CrlState state, Instant now) {
    if (state.thisUpdate().isEmpty()) {
      return true;
    }
    var last = state.thisUpdate().get();
    // the clock went back: relying parties call a CRL from the future invalid
    if (last.isAfter(now)) {
      return true;
    }
    return !now.isBefore(last.plus(state.isBehind() ? debounce : period));
  }
}
