package dev.nameplate.ocsp;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;

/// Keeps everybody from waiting for a store that is away: after a failure nobody asks it for a
/// second, and then one at a time, until it answers. Thread-safe; never waits.
final class StoreProbe {

  private static final long REST = Duration.ofSeconds(1).toMillis();

  private final InstantSource clock;
  private final AtomicBoolean probing = new AtomicBoolean();
  private volatile boolean away;

  /// When the store last failed, in milliseconds since 1970.
  private volatile long failedAt;

  /// Who may ask the store.
  enum Turn {
    /// Everybody: all is well.
    EVERYBODY,
    /// This one, and nobody else until it has left.
    PROBE,
    /// Not this one now.
    NOBODY
  }

  StoreProbe(InstantSource clock) {
    this.clock = clock;
  }

  /// Must be followed by [#leave], whatever happens.
  Turn enter() {
    if (!away) {
      return Turn.EVERYBODY;
    }
    long since = clock.millis() - failedAt;
    if (since >= 0 && since < REST) {
      return Turn.NOBODY;
    }
    return probing.compareAndSet(false, true) ? Turn.PROBE : Turn.NOBODY;
  }

  void leave(Turn turn) {
    if (turn == Turn.PROBE) {
      probing.set(false);
    }
  }

  void answered() {
    away = false;
  }

  void failed() {
    failedAt = clock.millis();
    away = true;
  }
}
