package dev.nameplate.est;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/// Stands still until it is told to go on. It starts at the present time, because the TLS of the
/// tests' clients lives there.
final class TestClock implements InstantSource {

  private volatile Instant now = InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS);

  @Override
  public Instant instant() {
    return now;
  }

  void advance(Duration step) {
    now = now.plus(step);
  }
}
