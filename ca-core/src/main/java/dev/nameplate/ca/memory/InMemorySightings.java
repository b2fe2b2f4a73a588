package dev.nameplate.ca.memory;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.SightingRecord;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.store.SightingStore;
import dev.nameplate.ca.store.Standing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Sightings in a map, beside the stores whose certificates they are of.
public final class InMemorySightings implements SightingStore {

  private record Place(String fingerprint, String source) {}

  private final CertificateStore certificates;
  private final OwnerStore owners;
  private final Map<Place, SightingRecord> places = new HashMap<>();
  private final Map<String, Integer> sources = new HashMap<>();

  public InMemorySightings(CertificateStore certificates, OwnerStore owners) {
    this.certificates = certificates;
    this.owners = owners;
  }

  @Override
  public Optional<Standing> standing(String fingerprint) {
    return certificates.findByFingerprint(fingerprint).map(record -> standing(fingerprint, record));
  }

  private Standing standing(String fingerprint, CertificateRecord record) {
    return new Standing(
        fingerprint,
        record.issuer(),
        record.serial(),
        record.epoch(),
        record.label(),
        record.slot(),
        record.notBefore(),
        record.notAfter(),
        record.revocation(),
        owners.find(record.owner()).orElseThrow());
  }

  @Override
  public Map<String, Standing> standings(Collection<String> fingerprints) {
    var found = new HashMap<String, Standing>();
    fingerprints.forEach(
        each -> standing(each).ifPresent(standing -> found.put(each, standing)));
    return found;
  }

  @Override
  public synchronized Outcome record(List<Seen> sightings) {
    var counted = new ArrayList<Seen>();
    long strangers = places.values().stream().filter(InMemorySightings::isUnknown).count();
    int repeated = 0;
    int dropped = 0;
    var inOrder = new ArrayList<>(sightings);
    inOrder.sort(Comparator.comparing(seen -> seen.sighting().at()));
    for (var seen : inOrder) {
      var place = new Place(seen.sighting().fingerprint(), seen.sighting().source());
      var before = places.get(place);
      if (before == null && !hasRoom(seen, strangers)) {
        dropped++;
      } else if (before == null || seen.sighting().at().isAfter(before.lastAt())) {
        places.put(place, after(before, seen));
        if (before == null) {
          sources.merge(place.fingerprint(), 1, Integer::sum);
        }
        counted.add(seen);
        strangers += before == null && seen.standing().isEmpty() ? 1 : 0;
      } else {
        repeated++;
        if (seen.sighting().at().isBefore(before.firstAt())) {
          places.put(place, since(before, seen.sighting().at()));
        }
      }
    }
    return new Outcome(counted, repeated, dropped);
  }

  private boolean hasRoom(Seen seen, long strangers) {
    if (seen.standing().isEmpty() && strangers >= MOST_UNKNOWN) {
      return false;
    }
    return sources.getOrDefault(seen.sighting().fingerprint(), 0) < MOST_SOURCES;
  }

  private static SightingRecord after(
      @Nullable SightingRecord before, Seen seen) {
    var sighting = seen.sighting();
    return new SightingRecord(
        sighting.fingerprint(),
        sighting.source(),
        seen.standing().map(standing -> standing.owner().owner()),
        seen.alarm(),
        before == null ? sighting.at() : before.firstAt(),
        sighting.at(),
        before == null ? 1 : before.count() + 1);
  }

  private static SightingRecord since(SightingRecord before, Instant first) {
    return new SightingRecord(
        before.fingerprint(),
        before.source(),
        before.owner(),
        before.alarm(),
        first,
        before.lastAt(),
        before.count());
  }

  private static boolean isUnknown(SightingRecord record) {
    return record.alarm().equals(Optional.of(Alarm.UNKNOWN));
  }

  @Override
  public synchronized List<SightingRecord> of(Owner owner) {
    return places.values().stream()
        .filter(record -> record.owner().equals(Optional.of(owner)))
        .sorted(Comparator.comparing(SightingRecord::lastAt).reversed())
        .limit(MOST_TOLD)
        .toList();
  }

  @Override
  public synchronized int forgetUnknown(Instant before) {
    var over =
        places.values().stream()
            .filter(record -> isUnknown(record) && record.lastAt().isBefore(before))
            .toList();
    for (var record : over) {
      places.remove(new Place(record.fingerprint(), record.source()));
      sources.merge(record.fingerprint(), -1, Integer::sum);
    }
    return over.size();
  }
}
