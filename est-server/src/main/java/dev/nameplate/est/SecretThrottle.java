package dev.nameplate.est;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Slows down whoever guesses enrollment secrets: after a number of wrong ones for one user name
/// from one address, no more are looked at until the window has passed. Keyed by both, so that
/// guessing elsewhere does not lock a device out. May be used by many threads at once; holds a
/// bounded number of entries and forgets the oldest first.
public final class SecretThrottle {

  private static final int LONGEST_USER = 64;

  private record Source(String user, String address) {}

  private record Failures(Instant since, int count) {}

  private final InstantSource clock;
  private final int allowed;
  private final Duration window;
  private final Map<Source, Failures> failures;

  /// @param allowed how many wrong secrets are looked at in one window
  /// @param window begins with the first wrong secret
  /// @param capacity how many sources are remembered
  public SecretThrottle(InstantSource clock, int allowed, Duration window, int capacity) {
    this.clock = clock;
    this.allowed = allowed;
    this.window = window;
    this.failures =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Source, Failures> eldest) {
            return size() > capacity;
          }
        };
  }

  /// Ten wrong secrets a minute, for ten thousand sources.
  public static SecretThrottle standard(InstantSource clock) {
    return new SecretThrottle(clock, 10, Duration.ofMinutes(1), 10_000);
  }

  /// How long this source has to wait before another secret of its is looked at; empty if it need
  /// not wait.
  public synchronized Optional<Duration> wait(String user, String address) {
    return current(source(user, address))
        .filter(found -> found.count >= allowed)
        .map(found -> Duration.between(clock.instant(), found.since.plus(window)));
  }

  /// A secret was wrong.
  public synchronized void failed(String user, String address) {
    var source = source(user, address);
    var before = current(source).orElse(new Failures(clock.instant(), 0));
    failures.put(source, new Failures(before.since, before.count + 1));
  }

  /// How many sources are remembered.
  synchronized int size() {
    return failures.size();
  }

  private Optional<Failures> current(Source source) {
    var found = failures.get(source);
    if (found == null) {
      return Optional.empty();
    }
    if (!clock.instant().isBefore(found.since.plus(window))) {
      failures.remove(source);
      return Optional.empty();
    }
    return Optional.of(found);
  }

  /// No user name is longer than this, so that a flood of long ones takes no more memory.
  private static Source source(String user, String address) {
    var name = user.length() > LONGEST_USER ? user.substring(0, LONGEST_USER) : user;
    return new Source(name.toLowerCase(Locale.ROOT), address);
  }
}
