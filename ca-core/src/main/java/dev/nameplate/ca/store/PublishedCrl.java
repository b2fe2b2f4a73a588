package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.Der;
import java.time.Instant;
import java.util.Optional;

/// A whole CRL, as it is published.
///
/// @param changes `CrlState.changes` as it was before its entries were read
/// @param expiredSince it has everything whose notAfter is not before this
/// @param delta the delta with the same number, if there is one
public record PublishedCrl(
    IssuerId issuer,
    CrlScope scope,
    long number,
    long changes,
    long entries,
    Instant thisUpdate,
    Instant nextUpdate,
    Instant expiredSince,
    Der der,
    Optional<Der> delta) {

  /// One without a delta, to which none will be made.
  public PublishedCrl(
      IssuerId issuer,
      CrlScope scope,
      long number,
      long changes,
      long entries,
      Instant thisUpdate,
      Instant nextUpdate,
      Der der) {
    this(
        issuer,
        scope,
        number,
        changes,
        entries,
        thisUpdate,
        nextUpdate,
        thisUpdate,
        der,
        Optional.empty());
  }
}
