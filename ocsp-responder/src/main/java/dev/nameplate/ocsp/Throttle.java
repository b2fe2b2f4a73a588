package dev.nameplate.ocsp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;

/// Lets one warning through in ten seconds, so that the public cannot fill the log. Thread-safe.
final class Throttle {

  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final InstantSource clock;
  private Instant closedUntil = Instant.MIN;
  private long heldBack;

  Throttle(InstantSource clock) {
    this.clock = clock;
  }

  /// How many were held back since the last one that went through; empty if this one is, too.
  synchronized OptionalLong pass() {
    var now = clock.instant();
    // a clock that went back does not keep it closed
    if (now.isBefore(closedUntil) && now.plus(PERIOD).isAfter(closedUntil)) {
      heldBack++;
      return OptionalLong.empty();
    }
    closedUntil = now.plus(PERIOD);
    long before = heldBack;
    heldBack = 0;
    return OptionalLong.of(before);
  }
}
