package dev.nameplate.est;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Slows down whoever guesses enrollment secrets. Three counts of wrong ones, each of which makes
/// its key wait when it is full, twice as long each time it fills up again, and forgets it after a
/// quiet quarter of an hour:
///
/// - one user name from one address: a device that was given a wrong secret;
/// - one address, whatever the names: somebody who tries many;
/// - one user name, whatever the addresses: somebody who has many. Then an address gets one try and
///   has to wait; an address that has not failed for this name does not wait, so that the device
///   itself, with its good secret, always gets in.
///
/// Nothing burns a secret but its use: user names are no secrets, so that whoever knows one could
/// take the device's way in; and with 160 random bits nobody guesses. IPv6 addresses count by their
/// first 64 bits. May be used by many threads at once; each count holds a bounded number of keys
/// and forgets the oldest first.
public final class SecretThrottle {

  private static final int LONGEST_USER = 64;
  private static final int IPV6_NETWORK_BYTES = 8;
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(15);

  private record Pair(String user, String source) {}

  private final InstantSource clock;
  private final Count<Pair> pairs;
  private final Count<String> sources;
  private final Count<String> users;

  /// @param allowed how many wrong secrets of one user name from one address are looked at in one
  ///   window; five times as many from one address or of one user name
  /// @param window begins with the first wrong secret; also the first wait
  /// @param capacity how many keys each count remembers
  public SecretThrottle(InstantSource clock, int allowed, Duration window, int capacity) {
    this.clock = clock;
    this.pairs = new Count<>(allowed, window, capacity);
    this.sources = new Count<>(5 * allowed, window, capacity);
    this.users = new Count<>(5 * allowed, window, capacity);
  }

  /// Ten wrong secrets a minute, for ten thousand sources.
  public static SecretThrottle standard(InstantSource clock) {
    return new SecretThrottle(clock, 10, Duration.ofMinutes(1), 10_000);
  }

  /// How long this source has to wait before another secret of its is looked at; empty if it need
  /// not wait.
  public synchronized Optional<Duration> wait(String user, String address) {
    var now = clock.instant();
    var pair = new Pair(folded(user), source(address));
    var until = later(pairs.blockedUntil(pair, now), sources.blockedUntil(pair.source, now));
    if (pairs.remembers(pair, now)) {
      until = later(until, users.blockedUntil(pair.user, now));
    }
    return until.isAfter(now) ? Optional.of(Duration.between(now, until)) : Optional.empty();
  }

  /// A secret was wrong.
  public synchronized void failed(String user, String address) {
    var now = clock.instant();
    var pair = new Pair(folded(user), source(address));
    pairs.failed(pair, now);
    sources.failed(pair.source, now);
    users.failed(pair.user, now);
  }

  /// How many pairs of user name and address are remembered.
  synchronized int size() {
    return pairs.size();
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /// No user name is longer than this, so that a flood of long ones takes no more memory.
  private static String folded(String user) {
    var name = user.length() > LONGEST_USER ? user.substring(0, LONGEST_USER) : user;
    return name.toLowerCase(Locale.ROOT);
  }

  /// Whoever has one IPv6 address has all of its network.
  private static String source(String address) {
    try {
      if (InetAddress.ofLiteral(address) instanceof Inet6Address six) {
        return HexFormat.of().formatHex(Arrays.copyOf(six.getAddress(), IPV6_NETWORK_BYTES));
      }
      return address;
    } catch (IllegalArgumentException notAnAddress) {
      return address;
    }
  }

  /// Wrong secrets by key.
  private static final class Count<K> {

    /// @param since when the window began
    /// @param count wrong ones in this window
    /// @param waits how often it was full
    private record Wrong(Instant since, int count, int waits, Instant last, Instant blocked) {}

    private final int allowed;
    private final Duration window;
    private final Map<K, Wrong> entries;

    Count(int allowed, Duration window, int capacity) {
      this.allowed = allowed;
      this.window = window;
      this.entries =
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, Wrong> eldest) {
              return size() > capacity;
            }
          };
    }

    boolean remembers(K key, Instant now) {
      return current(key, now).isPresent();
    }

    Instant blockedUntil(K key, Instant now) {
      return current(key, now).map(Wrong::blocked).orElse(Instant.MIN);
    }

    void failed(K key, Instant now) {
      var before = current(key, now).orElse(new Wrong(now, 0, 0, now, Instant.MIN));
      // what failed last is remembered longest
      entries.remove(key);
      boolean over = !now.isBefore(before.since.plus(window));
      var since = over ? now : before.since;
      int count = over ? 1 : before.count + 1;
      entries.put(
          key,
          count < allowed
              ? new Wrong(since, count, before.waits, now, before.blocked)
              : new Wrong(now, 0, before.waits + 1, now, now.plus(waiting(before.waits))));
    }

    int size() {
      return entries.size();
    }

    /// Twice as long as the time before.
    private Duration waiting(int waits) {
      var doubled = window.multipliedBy(1L << Math.min(waits, 16));
      return doubled.compareTo(LONGEST_WAIT) < 0 ? doubled : LONGEST_WAIT;
    }

    private Optional<Wrong> current(K key, Instant now) {
      var found = entries.get(key);
      if (found == null) {
        return Optional.empty();
      }
      if (!now.isBefore(later(found.last, found.blocked).plus(LONGEST_WAIT))) {
        entries.remove(key);
        return Optional.empty();
      }
      return Optional.of(found);
    }
  }
}
