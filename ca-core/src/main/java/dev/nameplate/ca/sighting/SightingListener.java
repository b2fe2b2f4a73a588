package dev.nameplate.ca.sighting;

import dev.nameplate.ca.store.SightingRecord.Alarm;
import java.util.Optional;

/// Told of each sighting and decision, for metrics.
public interface SightingListener {

  /// @param alarm what was wrong with it, if anything was
  void sighted(Optional<Alarm> alarm);

  /// There was no place for so many.
  void dropped(int sightings);

  void decided(Verdict verdict);
}
