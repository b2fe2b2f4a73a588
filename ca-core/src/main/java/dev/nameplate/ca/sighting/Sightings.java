package dev.nameplate.ca.sighting;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.Sighting;
import dev.nameplate.ca.store.SightingStore;
import dev.nameplate.ca.store.SightingStore.Outcome;
import dev.nameplate.ca.store.SightingStore.Seen;
import dev.nameplate.ca.store.Standing;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Takes in what brokers and gateways see, and tells them whom to let in. May be used by many
/// threads at once.
public final class Sightings {

  /// How many sightings are taken in at once.
  public static final int MOST = 1000;

  /// How far a source's clock may be ahead of ours.
  public static final Duration AHEAD = Duration.ofMinutes(5);

  /// How old a sighting may be, and how long a certificate is remembered that is not ours.
  public static final Duration OLDEST = Duration.ofDays(30);

  /// How many decisions wait to be written down as sightings.
  private static final int MOST_WAITING = 10_000;

  private record Place(String fingerprint, String source) {}

  private final SightingStore store;
  private final CertificateStore certificates;
  private final Function<String, Optional<CertificateProfile>> profiles;
  private final ConnectPolicy policy;
  private final boolean confirms;
  private final SightingAlarms alarms;
  private final SightingListener listener;
  private final InstantSource clock;
  private final Map<Place, Instant> waiting = new HashMap<>();

  /// @param profiles finds a profile by its name
  /// @param confirms whether a sighting of a pending certificate confirms it, as its use here does
  public Sightings(
      SightingStore store,
      CertificateStore certificates,
      Function<String, Optional<CertificateProfile>> profiles,
      ConnectPolicy policy,
      boolean confirms,
      SightingAlarms alarms,
      SightingListener listener,
      InstantSource clock) {
    this.store = store;
    this.certificates = certificates;
    this.profiles = profiles;
    this.policy = policy;
    this.confirms = confirms;
    this.alarms = alarms;
    this.listener = listener;
    this.clock = clock;
  }

  /// Writes them down, all or none of them; the same ones again change nothing. Those that were not
  /// known count as an alarm if they are one.
  ///
  /// @throws IllegalArgumentException if there are too many, or one is of a time that cannot be
  public Outcome take(List<Sighting> sightings) {
    var now = clock.instant();
    require(sightings, now);
    var outcome = write(sightings, now);
    for (var seen : outcome.counted()) {
      count(seen);
    }
    return outcome;
  }

  /// Whether the holder of this certificate may connect, or stay. That it was asked is a sighting,
  /// which is written down soon, with those of the same second together.
  ///
  /// @throws dev.nameplate.ca.store.StoreException if it cannot be known now: then nobody is let in
  public Verdict decide(String fingerprint, String source) {
    var now = clock.instant();
    var sighting = new Sighting(fingerprint, source, now);
    var standing = store.standing(fingerprint);
    var verdict = policy.judge(standing, now);
    count(new Seen(sighting, standing));
    remember(sighting);
    listener.decided(verdict);
    return verdict;
  }

  /// Writes down what [#decide] was asked since the last time; how many sightings.
  public int flush() {
    var due = new ArrayList<Sighting>();
    synchronized (waiting) {
      waiting.forEach(
          (place, at) -> due.add(new Sighting(place.fingerprint(), place.source(), at)));
      waiting.clear();
    }
    var now = clock.instant();
    for (int from = 0; from < due.size(); from += MOST) {
      var _ = write(due.subList(from, Math.min(due.size(), from + MOST)), now);
    }
    return due.size();
  }

  /// Forgets certificates that are not ours and were not seen for long.
  public int forget(Instant now) {
    return store.forgetUnknown(now.minus(OLDEST));
  }

  private static void require(List<Sighting> sightings, Instant now) {
    if (sightings.size() > MOST) {
      throw new IllegalArgumentException(
          sightings.size() + " sightings at once; " + MOST + " at most");
    }
    for (int i = 0; i < sightings.size(); i++) {
      var at = sightings.get(i).at();
      if (at.isAfter(now.plus(AHEAD)) || at.isBefore(now.minus(OLDEST))) {
        throw new IllegalArgumentException(
            "item %d: at %s is more than %d minutes ahead of %s, or more than %d days old"
                .formatted(i, at, AHEAD.toMinutes(), now, OLDEST.toDays()));
      }
    }
  }

  private Outcome write(List<Sighting> sightings, Instant now) {
    var fingerprints = new HashSet<String>();
    sightings.forEach(each -> fingerprints.add(each.fingerprint()));
    var standings = store.standings(fingerprints);
    var outcome =
        store.record(
            sightings.stream()
                .map(each ->
                    new Seen(each, Optional.ofNullable(standings.get(each.fingerprint()))))
                .toList());
    if (outcome.dropped() > 0) {
      listener.dropped(outcome.dropped());
    }
    if (confirms) {
      standings.values().stream()
          .filter(Standing::awaitsConfirmation)
          .filter(found -> mayConfirm(found, now))
          .forEach(found -> confirm(found, now));
    }
    return outcome;
  }

  private void count(Seen seen) {
    var alarm = seen.alarm();
    alarm.ifPresent(what -> alarms.count(what, seen.standing(), seen.sighting().source()));
    listener.sighted(alarm);
  }

  private void remember(Sighting sighting) {
    var place = new Place(sighting.fingerprint(), sighting.source());
    synchronized (waiting) {
      if (waiting.containsKey(place) || waiting.size() < MOST_WAITING) {
        waiting.put(place, sighting.at());
        return;
      }
    }
    listener.dropped(1);
  }

  /// Whether it is good but for never having been seen.
  private boolean mayConfirm(Standing found, Instant now) {
    return new ConnectPolicy(policy.life(), true).judge(Optional.of(found), now).allows();
  }

  private void confirm(Standing found, Instant now) {
    var owner = found.owner().owner();
    // a profile that is gone says nothing any more: keep what was there
    var supersede =
        profiles
            .apply(found.label())
            .map(profile -> profile.rotation().supersede())
            .orElse(Supersede.AT_EXPIRY);
    certificates.confirm(
        found.issuer(),
        found.serial(),
        supersede,
        now,
        new AuditEvent.Confirmed(owner, found.issuer(), found.serial()));
  }
}
