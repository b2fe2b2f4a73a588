package dev.nameplate.ocsp;

import dev.nameplate.ca.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// A copy of something stored, read anew when it is older than a second. While the store is away
/// the last copy stays. Thread-safe; who asks while it is read anew gets the last copy at once, and
/// waits only if there never was one.
final class Refreshed<T> {

  private static final Duration FRESH = Duration.ofSeconds(1);

  private final InstantSource clock;
  private final Function<Optional<T>, T> read;
  private final ReentrantLock reading = new ReentrantLock();
  private volatile Optional<Copy<T>> copy = Optional.empty();

  /// How many reads ended in an exception.
  private final AtomicLong failures = new AtomicLong();

  /// @param lookedAt when the last read ended, well or not: a store that hangs is not asked again
  ///   at once
  private record Copy<T>(T value, Instant lookedAt) {

    boolean isFreshAt(Instant now) {
      return !now.isBefore(lookedAt) && now.isBefore(lookedAt.plus(FRESH));
    }
  }

  /// @param read gets the copy that is there, to return it if nothing changed; never called by two
  ///   threads at once
  Refreshed(InstantSource clock, Function<Optional<T>, T> read) {
    this.clock = clock;
    this.read = read;
  }

  /// @throws StoreException if the store is away and there never was a copy
  T get() {
    var last = copy;
    if (last.isPresent()) {
      if (last.get().isFreshAt(clock.instant()) || !reading.tryLock()) {
        return last.get().value();
      }
    } else {
      long before = failures.get();
      reading.lock();
      if (copy.isEmpty() && failures.get() != before) {
        // they would fail one after the other, each after all that were before it
        reading.unlock();
        throw new StoreException("the store was away a moment ago");
      }
    }
    try {
      return refreshed();
    } finally {
      reading.unlock();
    }
  }

  /// Under the lock.
  private T refreshed() {
    var last = copy;
    if (last.isPresent() && last.get().isFreshAt(clock.instant())) {
      return last.get().value(); // somebody else just did
    }
    T value;
    try {
      value = read.apply(last.map(Copy::value));
    } catch (StoreException away) {
      if (last.isEmpty()) {
        failures.incrementAndGet();
        throw away;
      }
      value = last.get().value();
    }
    copy = Optional.of(new Copy<>(value, clock.instant()));
    return value;
  }
}
