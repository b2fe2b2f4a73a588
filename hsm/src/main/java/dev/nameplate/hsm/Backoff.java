package dev.nameplate.hsm;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// How long to leave a broken library alone: about twice as long after every attempt that did not
/// help. Each pause is between half and all of what it could be, so that nodes that lost the same
/// device do not come back to it at the same time. May be used by many threads at once.
final class Backoff {

  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private Duration longest = FIRST;
  private Duration pause = Duration.ZERO;
  private @Nullable Instant last;

  /// Whether an attempt may be made now; if so, it counts as made.
  synchronized boolean attempt(Instant now, RandomGenerator random) {
    if (until(now).isPresent()) {
      return false;
    }
    if (last != null) {
      longest = longest.multipliedBy(2).compareTo(LONGEST) < 0 ? longest.multipliedBy(2) : LONGEST;
    }
    last = now;
    long half = longest.toNanos() / 2;
    pause = Duration.ofNanos(half + (long) (random.nextDouble() * half));
    return true;
  }

  /// The attempt took until now: the pause begins.
  synchronized void ended(Instant now) {
    if (last != null) {
      last = now;
    }
  }

  /// When the next attempt may be made; empty if it may be made now.
  synchronized Optional<Instant> until(Instant now) {
    if (last == null) {
      return Optional.empty();
    }
    var next = last.plus(pause);
    // A clock that was set back must not stop us for longer than the pause.
    return now.isBefore(last) || !now.isBefore(next) ? Optional.empty() : Optional.of(next);
  }

  /// The last attempt helped.
  synchronized void reset() {
    longest = FIRST;
    pause = Duration.ZERO;
    last = null;
  }
}
