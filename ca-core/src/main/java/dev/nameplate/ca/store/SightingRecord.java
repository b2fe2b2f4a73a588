package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import java.time.Instant;
import java.util.Optional;

/// What is remembered of all sightings of one certificate by one source.
///
/// @param owner whose it is; nothing if nobody here knows the certificate
/// @param alarm what was wrong with it when it was last seen
/// @param count how often it was seen, as far as the sightings came in the order of their times
public record SightingRecord(
    String fingerprint,
    String source,
    Optional<Owner> owner,
    Optional<Alarm> alarm,
    Instant firstAt,
    Instant lastAt,
    long count) {

  /// What makes a sighting an alarm.
  public enum Alarm {
    /// Nobody here issued it.
    UNKNOWN,
    /// It was revoked before it was seen, or its owner was retired.
    TAKEN_BACK
  }
}
