package dev.nameplate.server.admin;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// So many requests with alarms for each node and hour: twice what a node sends that counts
/// something each minute. May be used by many threads at once. There are as many as are registered.
final class AlarmAllowance {

  static final int MOST_AN_HOUR = 120;

  private static final Duration HOUR = Duration.ofHours(1);

  private record Hour(Instant start, int taken) {}

  private final InstantSource clock;
  private final Map<String, Hour> hours = new HashMap<>();

  AlarmAllowance(InstantSource clock) {
    this.clock = clock;
  }

  /// Takes one; if none is left, says how long until one is.
  synchronized Optional<Duration> take(String node) {
    var now = clock.instant();
    var hour = hours.getOrDefault(node, new Hour(now, 0));
    var since = Duration.between(hour.start(), now);
    // a clock that was put back does not prolong it
    if (since.isNegative() || since.compareTo(HOUR) >= 0) {
      hour = new Hour(now, 0);
      since = Duration.ZERO;
    }
    if (hour.taken() >= MOST_AN_HOUR) {
      return Optional.of(HOUR.minus(since));
    }
    hours.put(node, new Hour(hour.start(), hour.taken() + 1));
    return Optional.empty();
  }
}
