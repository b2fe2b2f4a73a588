package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.Sighting;
import dev.nameplate.ca.store.SightingRecord;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.store.SightingStore;
import dev.nameplate.ca.store.SightingStore.Outcome;
import dev.nameplate.ca.store.SightingStore.Seen;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What every sighting store promises.
public abstract class SightingStoreContract extends StoreContract {

  private static final String STRANGER = "ab".repeat(32);

  /// Of the store that was opened last.
  protected abstract SightingStore sightings();

  @Test
  void howACertificateStandsIsFoundByItsFingerprint() {
    var device = registered("pump-1");
    var certificate = issued(ourselves(device), device);

    var standing = sightings().standing(certificate.sha256()).orElseThrow();

    assertThat(standing.owner()).isEqualTo(owners().find(device.owner()).orElseThrow());
    assertThat(standing.serial()).isEqualTo(certificate.serial());
    assertThat(standing.slot()).hasValue(Slot.PENDING);
    assertThat(standing.notAfter()).isEqualTo(certificate.notAfter());
    assertThat(standing.revocation()).isEmpty();
    confirm(certificate, Supersede.ON_CONFIRM);
    assertThat(sightings().standing(certificate.sha256()).orElseThrow().slot())
        .hasValue(Slot.CONFIRMED);
  }

  @Test
  void ofAStrangersCertificateNothingStands() {
    assertThat(sightings().standing(STRANGER)).isEmpty();
    assertThat(sightings().standings(Set.of(STRANGER))).isEmpty();
    assertThat(sightings().standings(Set.of())).isEmpty();
  }

  @Test
  void manyAreLookedUpAtOnce() {
    var one = registered("pump-1");
    var first = issued(ourselves(one), one);
    var other = registered("pump-2");
    var second = issued(ourselves(other), other);

    assertThat(sightings().standings(Set.of(first.sha256(), second.sha256(), STRANGER)))
        .containsOnlyKeys(first.sha256(), second.sha256())
        .allSatisfy((fingerprint, standing) ->
            assertThat(Optional.of(standing)).isEqualTo(sightings().standing(fingerprint)));
  }

  @Test
  void theFirstAndTheLastOfEachSourceAreRemembered() {
    var device = registered("pump-1");
    var certificate = issued(ourselves(device), device);
    var at = clock.instant();

    var outcome =
        tell(
            seen(certificate, "a", at.plusSeconds(2)),
            seen(certificate, "a", at),
            seen(certificate, "b", at.plusSeconds(1)));

    assertThat(outcome.counted()).hasSize(3);
    assertThat(sightings().of(device.owner()))
        .containsExactly(
            row(certificate, "a", at, at.plusSeconds(2), 2),
            row(certificate, "b", at.plusSeconds(1), at.plusSeconds(1), 1));
  }

  @Test
  void tellingTheSameAgainChangesNothing() {
    var device = registered("pump-1");
    var certificate = issued(ourselves(device), device);
    var at = clock.instant();
    var told = new Seen[] {seen(certificate, "a", at), seen(certificate, "a", at.plusSeconds(1))};
    tell(told);
    var before = sightings().of(device.owner());

    var outcome = tell(told);

    assertThat(outcome).isEqualTo(new Outcome(List.of(), 2, 0));
    assertThat(sightings().of(device.owner())).isEqualTo(before);
  }

  @Test
  void whatComesLateMovesTheBeginningAndIsNotCounted() {
    var device = registered("pump-1");
    var certificate = issued(ourselves(device), device);
    var at = clock.instant();
    tell(seen(certificate, "a", at));

    var outcome = tell(seen(certificate, "a", at.minusSeconds(9)));

    assertThat(outcome.repeated()).isEqualTo(1);
    assertThat(sightings().of(device.owner()))
        .containsExactly(row(certificate, "a", at.minusSeconds(9), at, 1));
  }

  @Test
  void whatIsSeenAfterItsRevocationIsAnAlarmAndBeforeItIsNone() {
    var device = registered("pump-1");
    var certificate = issued(ourselves(device), device);
    clock.advance(Duration.ofMinutes(1));
    var revoked = clock.instant();
    certificates()
        .revoke(
            issuer,
            certificate.serial(),
            RevocationReason.KEY_COMPROMISE,
            Optional.empty(),
            revoked,
            "test");

    tell(
        seen(certificate, "early", revoked.minusSeconds(1)),
        seen(certificate, "late", revoked.plusSeconds(1)));

    assertThat(sightings().of(device.owner()))
        .extracting(SightingRecord::source, SightingRecord::alarm)
        .containsExactlyInAnyOrder(
            tuple("early", Optional.empty()),
            tuple("late", Optional.of(Alarm.TAKEN_BACK)));
  }

  @Test
  void moreStrangersThanThereIsRoomForAreDropped() {
    var told = new ArrayList<Seen>();
    for (int i = 0; i < SightingStore.MOST_UNKNOWN + 5; i++) {
      var sighting = new Sighting("%064x".formatted(i), "a", clock.instant());
      told.add(new Seen(sighting, Optional.empty()));
    }

    var outcome = sightings().record(told);

    assertThat(outcome.counted()).hasSize(SightingStore.MOST_UNKNOWN);
    assertThat(outcome.dropped()).isEqualTo(5);
    assertThat(sightings().record(told.subList(0, 3)).repeated()).isEqualTo(3);
  }

  @Test
  void moreSourcesThanThereIsRoomForAreDropped() {
    var told = new ArrayList<Seen>();
    for (int i = 0; i < SightingStore.MOST_SOURCES + 1; i++) {
      told.add(new Seen(new Sighting(STRANGER, "s" + i, clock.instant()), Optional.empty()));
    }

    assertThat(sightings().record(told).dropped()).isEqualTo(1);
  }

  @Test
  void aStrangerThatIsNotSeenAnyMoreIsForgottenAndADeviceIsNot() {
    var device = registered("pump-1");
    var certificate = issued(ourselves(device), device);
    var at = clock.instant();
    tell(seen(certificate, "a", at), new Seen(new Sighting(STRANGER, "a", at), Optional.empty()));

    assertThat(sightings().forgetUnknown(at)).isZero();
    assertThat(sightings().forgetUnknown(at.plusSeconds(1))).isEqualTo(1);
    assertThat(sightings().forgetUnknown(at.plusSeconds(1))).isZero();
    assertThat(sightings().of(device.owner())).hasSize(1);
  }

  private Outcome tell(Seen... seen) {
    return sightings().record(List.of(seen));
  }

  private Seen seen(Certificate certificate, String source, Instant at) {
    return new Seen(
        new Sighting(certificate.sha256(), source, at),
        sightings().standing(certificate.sha256()));
  }

  private SightingRecord row(
      Certificate certificate, String source, Instant first, Instant last, long count) {
    return new SightingRecord(
        certificate.sha256(),
        source,
        Optional.of(record(certificate).owner()),
        Optional.empty(),
        first,
        last,
        count);
  }
}
