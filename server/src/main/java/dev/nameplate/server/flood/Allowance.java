package dev.nameplate.server.flood;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// So many a minute for each source: whoever was quiet for a minute may take all of them at once.
/// May be used by many threads at once; remembers a bounded number of sources and forgets first
/// whoever took nothing for the longest time, which gives him a full allowance again.
final class Allowance {

  private static final double MINUTE = Duration.ofMinutes(1).toNanos();

  /// @param left at `at`
  private record Balance(double left, Instant at) {}

  private final InstantSource clock;
  private final int perMinute;
  private final Map<Source, Balance> balances;

  /// @param mostSources how many are remembered
  Allowance(InstantSource clock, int perMinute, int mostSources) {
    this.clock = clock;
    this.perMinute = perMinute;
    this.balances =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Source, Balance> eldest) {
            return size() > mostSources;
          }
        };
  }

  /// Takes one, if one is left.
  synchronized boolean take(Source source) {
    var now = clock.instant();
    var left = left(source, now);
    if (left < 1) {
      return false;
    }
    balances.put(source, new Balance(left - 1, now));
    return true;
  }

  /// How long until one is left; empty if one is.
  synchronized Optional<Duration> wait(Source source) {
    var left = left(source, clock.instant());
    return left >= 1
        ? Optional.empty()
        : Optional.of(Duration.ofNanos((long) Math.ceil((1 - left) * MINUTE / perMinute)));
  }

  /// How many sources are remembered.
  synchronized int size() {
    return balances.size();
  }

  private double left(Source source, Instant now) {
    var balance = balances.get(source);
    if (balance == null) {
      return perMinute;
    }
    // a clock that was put back takes nothing away
    double since = Math.max(0, Duration.between(balance.at, now).toMillis() * 1e6);
    return Math.min(perMinute, balance.left + since / MINUTE * perMinute);
  }
}
