package dev.nameplate.ocsp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;

/// Lets one through in each period, so that the public cannot fill the log. Thread-safe.
final class Throttle {

  private final InstantSource clock;
  private final Duration period;
  private Instant closedUntil = Instant.MIN;
  private long heldBack;

  Throttle(InstantSource clock, Duration period) {
    this.clock = clock;
    this.period = period;
  }

  /// How many were held back since the last one that went through; empty if this one is, too.
  synchronized OptionalLong pass() {
    var now = clock.instant();
    if (now.isBefore(closedUntil)) {
      heldBack++;
      return OptionalLong.empty();
    }
    closedUntil = now.plus(period);
    long before = heldBack;
    heldBack = 0;
    return OptionalLong.of(before);
  }
}
