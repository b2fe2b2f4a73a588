package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Remembers which certificates were seen in use, where, since when and when last. A method that
/// returns has committed. All methods may be called from many threads at once, and throw
/// [StoreException] if the store cannot do its work now.
public interface SightingStore {

  /// How many rows of certificates that nobody here issued are kept: whoever shows brokers
  /// certificates of his own does not fill the database.
  int MOST_UNKNOWN = 10_000;

  /// How many sources are kept for one certificate.
  int MOST_SOURCES = 64;

  /// How many of one owner are told.
  int MOST_TOLD = 200;

  /// @param standing of the certificate, if it was issued here
  record Seen(Sighting sighting, Optional<Standing> standing) {

    /// What is wrong with it.
    public Optional<SightingRecord.Alarm> alarm() {
      return standing.isEmpty()
          ? Optional.of(SightingRecord.Alarm.UNKNOWN)
          : standing.get().alarm(sighting.at());
    }
  }

  /// What became of the sightings that were handed in.
  ///
  /// @param counted those that were not known before
  /// @param repeated how many were known, or are older than the last one of their kind
  /// @param dropped how many there was no place for
  record Outcome(List<Seen> counted, int repeated, int dropped) {}

  /// How the certificate with this fingerprint stands; empty if none was issued.
  Optional<Standing> standing(String fingerprint);

  /// The same for many at once, by fingerprint.
  Map<String, Standing> standings(Collection<String> fingerprints);

  /// Remembers them all, in one transaction. A sighting counts if it is later than the last of the
  /// same certificate and source: handing in the same ones again changes nothing.
  Outcome record(List<Seen> sightings);

  /// Of all certificates of an owner, the newest first; [#MOST_TOLD] at most.
  List<SightingRecord> of(Owner owner);

  /// Forgets certificates that nobody here issued and that were not seen since; how many rows.
  int forgetUnknown(Instant before);
}
