package dev.nameplate.ca.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/// A clock that moves when it is told to. May be used by many threads at once.
public final class FakeClock implements InstantSource {

  /// Where it stands at first, unless told otherwise.
  public static final Instant START = Instant.parse("2026-11-23T12:00:00Z");

  private final AtomicReference<Instant> now;

  public FakeClock() {
    this(START);
  }

  public FakeClock(Instant start) {
    this.now = new AtomicReference<>(start);
  }

  @Override
  public Instant instant() {
    return now.get();
  }

  public void advance(Duration by) {
    now.updateAndGet(before -> before.plus(by));
  }

  public void set(Instant to) {
    now.set(to);
  }
}
