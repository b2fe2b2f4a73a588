package dev.nameplate.ca.store;

import java.time.Instant;
import java.util.Optional;

/// How a CRL stands.
///
/// @param changes how many changes of a status this scope has seen, ever: revocations, holds,
///   releases
/// @param published `changes` as it was when the last CRL was begun
/// @param latestNumber the number of the last CRL, 0 before the first
public record CrlState(
    long changes,
    long published,
    long latestNumber,
    Optional<Instant> thisUpdate,
    Optional<Instant> nextUpdate) {

  /// Whether there is a revocation that the last CRL may not have.
  public boolean isBehind() {
    return changes > published;
  }
}
