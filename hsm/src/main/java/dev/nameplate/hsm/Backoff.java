package dev.nameplate.hsm;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How long to leave a broken library alone: twice as long after every attempt that did not help.
/// May be used by many threads at once.
final class Backoff {

  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private Duration pause = FIRST;
  private @Nullable Instant last;

  /// Whether an attempt may be made now; if so, it counts as made.
  synchronized boolean attempt(Instant now) {
    if (last != null) {
      var since = Duration.between(last, now);
      // A clock that was set back must not stop us for longer than the pause.
      if (!since.isNegative() && since.compareTo(pause) < 0) {
        return false;
      }
      pause = pause.multipliedBy(2).compareTo(LONGEST) < 0 ? pause.multipliedBy(2) : LONGEST;
    }
    last = now;
    return true;
  }

  /// The last attempt helped.
  synchronized void reset() {
    pause = FIRST;
    last = null;
  }
}
