package dev.nameplate.ca.sighting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.memory.InMemoryAuditLog;
import dev.nameplate.ca.memory.InMemorySightings;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.Sighting;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.store.SightingStore;
import dev.nameplate.ca.testing.StoreContract;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SightingsTest extends StoreContract {

  private static final String STRANGER = "ab".repeat(32);
  private static final Duration LIFE = Duration.ofMinutes(1);

  private final SightingAlarms alarms = new SightingAlarms();
  private final List<Optional<Alarm>> sighted = new ArrayList<>();
  private @Nullable SightingStore store;

  @Override
  protected Stores open(InstantSource clock) {
    var memory = new InMemoryStore(clock);
    store = new InMemorySightings(memory, memory);
    return Stores.of(memory);
  }

  // Decisions

  @Test
  void aGoodCertificateIsLetInForTheLifeOfAnAnswerAndNeverLongerThanItsOwn() {
    var certificate = confirmed("pump-1");

    assertThat(decide(certificate).life()).isEqualTo(LIFE);
    clock.set(certificate.notAfter().minusSeconds(10));
    assertThat(decide(certificate).life()).isEqualTo(Duration.ofSeconds(11));
    clock.set(certificate.notAfter().plusSeconds(1));
    assertThat(decide(certificate).reason()).isEqualTo(Verdict.Reason.EXPIRED);
    clock.set(certificate.notBefore().minusSeconds(1));
    assertThat(decide(certificate).reason()).isEqualTo(Verdict.Reason.NOT_YET_VALID);
  }

  @Test
  void whatWasNeverUsedIsLetInUnlessThePolicySaysNo() {
    var device = registered("pump-1");
    var certificate = issued(ourselves(device), device);

    assertThat(sightings(true, false).decide(certificate.sha256(), "a").allows()).isTrue();
    assertThat(sightings(false, false).decide(certificate.sha256(), "a").reason())
        .isEqualTo(Verdict.Reason.UNCONFIRMED);
  }

  @Test
  void aHoldARevocationAndARetirementAreDenialsAndSaySo() {
    var held = confirmed("pump-1");
    revoke(held, RevocationReason.CERTIFICATE_HOLD);
    var revoked = confirmed("pump-2");
    revoke(revoked, RevocationReason.KEY_COMPROMISE);
    var retired = confirmed("pump-3");
    owners()
        .retire(
            record(retired).owner(),
            RevocationReason.CESSATION_OF_OPERATION,
            clock.instant(),
            "test");

    assertThat(decide(held).reason()).isEqualTo(Verdict.Reason.ON_HOLD);
    assertThat(decide(revoked).reason()).isEqualTo(Verdict.Reason.REVOKED);
    assertThat(decide(retired).reason()).isEqualTo(Verdict.Reason.RETIRED);
    assertThat(sightings(true, false).decide(STRANGER, "a").reason())
        .isEqualTo(Verdict.Reason.UNKNOWN);
  }

  @Test
  void decisionsOfOneMomentAreOneSighting() {
    var certificate = confirmed("pump-1");
    var sightings = sightings(true, false);
    for (int i = 0; i < 5; i++) {
      assertThat(sightings.decide(certificate.sha256(), "a").allows()).isTrue();
    }

    assertThat(sightings.flush()).isEqualTo(1);
    assertThat(sightings.flush()).isZero();
    assertThat(store().of(record(certificate).owner()))
        .singleElement()
        .matches(seen -> seen.count() == 1);
  }

  // Sightings

  @Test
  void aSightingConfirmsOnlyWhereThatIsAskedFor() {
    var device = registered("pump-1");
    var certificate = issued(ourselves(device), device);

    take(sightings(true, false), certificate.sha256(), clock.instant());
    assertThat(record(certificate).slot()).hasValue(Slot.PENDING);

    take(sightings(true, true), certificate.sha256(), clock.instant().plusSeconds(1));
    assertThat(record(certificate).slot()).hasValue(Slot.CONFIRMED);
  }

  @Test
  void aSightingOfWhatIsOnHoldConfirmsNothing() {
    var device = registered("pump-1");
    var certificate = issued(ourselves(device), device);
    revoke(certificate, RevocationReason.CERTIFICATE_HOLD);

    take(sightings(true, true), certificate.sha256(), clock.instant());

    assertThat(record(certificate).slot()).hasValue(Slot.PENDING);
  }

  @Test
  void aTimeThatCannotBeIsRefused() {
    var sightings = sightings(true, false);
    for (var at :
        List.of(
            clock.instant().plus(Sightings.AHEAD).plusSeconds(1),
            clock.instant().minus(Sightings.OLDEST).minusSeconds(1))) {
      assertThatIllegalArgumentException().isThrownBy(() -> take(sightings, STRANGER, at));
    }
    var many =
        Collections.nCopies(Sightings.MOST + 1, new Sighting(STRANGER, "a", clock.instant()));
    assertThatIllegalArgumentException().isThrownBy(() -> sightings.take(many));
  }

  @Test
  void whatShouldNotHaveBeenSeenIsOneLineAMinuteHoweverOftenItIs() {
    var retired = confirmed("pump-1");
    revoke(retired, RevocationReason.KEY_COMPROMISE);
    var sightings = sightings(true, false);
    for (int i = 0; i < 50; i++) {
      take(sightings, retired.sha256(), clock.instant().plusSeconds(i));
      take(sightings, STRANGER, clock.instant().plusSeconds(i));
    }
    // told once more: no more than before
    take(sightings, STRANGER, clock.instant());
    var audit = new InMemoryAuditLog(clock);

    assertThat(alarms.write(audit, clock.instant())).isEqualTo(2);
    assertThat(alarms.write(audit, clock.instant())).isZero();

    assertThat(audit.events())
        .anyMatch(event ->
            event instanceof AuditEvent.RetiredSeen seen
                && seen.owner().equals(record(retired).owner())
                && seen.count() == 50)
        .anyMatch(event -> event instanceof AuditEvent.StrangeSightings seen && seen.count() == 50);
    assertThat(sighted).hasSize(100);
  }

  @Test
  void oneMinuteHasNoMoreLinesThanItMay() {
    for (int i = 0; i < SightingAlarms.MOST_LINES + 50; i++) {
      alarms.count(Alarm.UNKNOWN, Optional.empty(), "source-" + i);
    }
    var audit = new InMemoryAuditLog(clock);

    assertThat(alarms.write(audit, clock.instant())).isEqualTo(SightingAlarms.MOST_LINES + 1);
    assertThat(audit.events().getLast())
        .isInstanceOfSatisfying(
            AuditEvent.StrangeSightings.class, rest -> assertThat(rest.count()).isEqualTo(50));
  }

  private Certificate confirmed(String name) {
    var device = registered(name);
    var certificate = issued(ourselves(device), device);
    assertThat(confirm(certificate, Supersede.ON_CONFIRM)).isTrue();
    return certificate;
  }

  private void revoke(Certificate certificate, RevocationReason reason) {
    var _ =
        certificates()
            .revoke(
                issuer, certificate.serial(), reason, Optional.empty(), clock.instant(), "test");
  }

  private Verdict decide(Certificate certificate) {
    return sightings(true, false).decide(certificate.sha256(), "a");
  }

  private static void take(Sightings sightings, String fingerprint, Instant at) {
    var _ = sightings.take(List.of(new Sighting(fingerprint, "a", at)));
  }

  private SightingStore store() {
    return Objects.requireNonNull(store);
  }

  private Sightings sightings(boolean admitsUnconfirmed, boolean confirms) {
    return new Sightings(
        store(),
        certificates(),
        _ -> Optional.empty(),
        new ConnectPolicy(LIFE, admitsUnconfirmed),
        confirms,
        alarms,
        new SightingListener() {
          @Override
          public void sighted(Optional<Alarm> alarm) {
            sighted.add(alarm);
          }

          @Override
          public void dropped(int sightings) {
            throw new AssertionError(sightings + " dropped");
          }

          @Override
          public void decided(Verdict verdict) {
            assertThat(verdict.detail()).isNotBlank();
          }
        },
        clock);
  }
}
