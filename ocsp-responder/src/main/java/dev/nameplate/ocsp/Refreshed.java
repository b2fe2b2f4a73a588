package dev.nameplate.ocsp;

import dev.nameplate.ca.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;

/// A copy of something stored, read anew when it is older than a second. While the store is away
/// the last copy stays. Thread-safe; who asks while it is read waits for it.
final class Refreshed<T> {

  private static final Duration FRESH = Duration.ofSeconds(1);

  private final InstantSource clock;
  private final Function<Optional<T>, T> read;
  private Optional<T> copy = Optional.empty();
  private Instant lookedAt = Instant.EPOCH;

  /// @param read gets the copy that is there, to return it if nothing changed
  Refreshed(InstantSource clock, Function<Optional<T>, T> read) {
    this.clock = clock;
    this.read = read;
  }

  /// @throws StoreException if the store is away and there never was a copy
  synchronized T get() {
    var now = clock.instant();
    if (copy.isPresent() && isFreshAt(now)) {
      return copy.get();
    }
    try {
      copy = Optional.of(read.apply(copy));
    } catch (StoreException away) {
      if (copy.isEmpty()) {
        throw away;
      }
    }
    lookedAt = now;
    return copy.orElseThrow();
  }

  private boolean isFreshAt(Instant now) {
    return !now.isBefore(lookedAt) && now.isBefore(lookedAt.plus(FRESH));
  }
}
