package dev.nameplate.ca.store;

import java.time.Instant;

/// A complete CRL that was published, as far as a delta to it has to know it.
///
/// @param changes `CrlState.changes` as it was before its entries were read
/// @param expiredSince it has everything whose notAfter is not before this
public record CrlBase(long number, long changes, Instant expiredSince) {}
