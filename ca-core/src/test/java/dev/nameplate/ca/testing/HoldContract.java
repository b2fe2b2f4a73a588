package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.ReleaseOutcome;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.StatusChange;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What every certificate store promises of holds, and of reasons that change.
@Tag("C02")
public abstract class HoldContract extends StoreContract {

  // On hold

  @Test
  @Tag("O08")
  void aCertificateOnHoldIsRevokedForEverybodyWhoAsks() {
    var certificate = confirmedOf("pump");

    var outcome = hold(certificate);

    var held = new RevocationRecord(clock.instant(), RevocationReason.CERTIFICATE_HOLD, none());
    assertThat(outcome).isEqualTo(new RevokeOutcome.Revoked(record(certificate)));
    assertThat(record(certificate).revocation()).contains(held);
    assertThat(record(certificate).isLiveAt(clock.instant())).isFalse();
    assertThat(status(certificate))
        .isEqualTo(
            new CertificateStatus.Revoked(
                clock.instant(), RevocationReason.CERTIFICATE_HOLD, certificate.notAfter()));
    assertThat(listed()).containsExactly(new RevokedEntry(certificate.serial(), held));
    assertThat(eventKinds()).endsWith("Revoked");
  }

  @Test
  void aHoldTakesBackTrustAndNotThePlace() {
    var certificate = confirmedOf("pump");

    hold(certificate);

    assertThat(record(certificate).slot()).contains(Slot.CONFIRMED);
  }

  @Test
  void whatIsOnHoldRenewsNothing() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    confirm(certificate, Supersede.ON_CONFIRM);
    hold(certificate);
    pump.makeNewKey();

    assertThat(reserve(reservation(withCertificate(pump, certificate), pump)))
        .isInstanceOfSatisfying(
            ReserveOutcome.Refused.class,
            refused ->
                assertThat(refused.refusal().reason()).isEqualTo(Reason.CREDENTIAL_NOT_ACCEPTED));
  }

  @Test
  void aPendingCertificateOnHoldIsNeitherConfirmedNorGivenOutAgain() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var certificate = issued(secret, pump);
    hold(certificate);

    assertThat(confirm(certificate, Supersede.ON_CONFIRM)).isFalse();

    assertThat(reserve(reservation(secret, pump))).isEqualTo(new ReserveOutcome.Reserved());
    assertThat(reason(certificate)).isEqualTo(RevocationReason.SUPERSEDED);
    assertThat(record(certificate).slot()).isEmpty();
  }

  @Test
  void holdingTwiceIsHoldingOnce() {
    var certificate = confirmedOf("pump");
    hold(certificate);
    var first = record(certificate);
    var events = eventKinds();
    clock.advance(Duration.ofMinutes(1));

    assertThat(hold(certificate)).isEqualTo(new RevokeOutcome.AlreadyRevoked(first));

    assertThat(record(certificate)).isEqualTo(first);
    assertThat(eventKinds()).isEqualTo(events);
  }

  @Test
  void whatWasNeverIssuedCannotBeHeld() {
    var pump = registered("pump");
    var reservation = reserved(withSecret(pump, "s1", 1), pump);

    var outcome =
        certificates()
            .revoke(
                issuer,
                reservation.tbs().serial(),
                RevocationReason.CERTIFICATE_HOLD,
                none(),
                clock.instant(),
                "test");

    assertThat(outcome)
        .isInstanceOfSatisfying(
            RevokeOutcome.Refused.class,
            refused -> assertThat(refused.detail()).contains("never issued"));
    assertThat(record(reservation).state()).isEqualTo(CertificateState.RESERVED);
  }

  // Released

  @Test
  @Tag("O08")
  void aReleaseMakesItGoodAgainEverywhere() {
    var certificate = confirmedOf("pump");
    var before = record(certificate);
    hold(certificate);

    assertThat(release(certificate)).isEqualTo(new ReleaseOutcome.Released(before));

    assertThat(record(certificate)).isEqualTo(before);
    assertThat(status(certificate)).isEqualTo(new CertificateStatus.Good(certificate.notAfter()));
    assertThat(listed()).isEmpty();
    assertThat(eventKinds()).endsWith("Revoked", "Released");
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  @Tag("C06")
  void aHoldAndItsReleaseAreChangesThatAreToldInTheirOrder() {
    var certificate = confirmedOf("pump");
    hold(certificate);
    var held = changedSince(0);
    release(certificate);

    assertThat(held)
        .containsExactly(
            new StatusChange(
                1,
                certificate.serial(),
                certificate.notAfter(),
                Optional.of(
                    new RevocationRecord(
                        clock.instant(), RevocationReason.CERTIFICATE_HOLD, none()))));
    assertThat(changedSince(1))
        .containsExactly(new StatusChange(2, certificate.serial(), certificate.notAfter(), none()));
  }

  @Test
  void aReleasedCertificateRenewsAgainAndKeepsItsPlace() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    confirm(certificate, Supersede.ON_CONFIRM);
    hold(certificate);
    release(certificate);
    pump.makeNewKey();

    var next = issued(withCertificate(pump, certificate), pump);
    confirm(next, Supersede.ON_CONFIRM);

    assertThat(record(next).slot()).contains(Slot.CONFIRMED);
    assertThat(reason(certificate)).isEqualTo(RevocationReason.SUPERSEDED);
  }

  @Test
  void itCanBeHeldAndReleasedAgainAndAgain() {
    var certificate = confirmedOf("pump");
    for (int i = 0; i < 3; i++) {
      assertThat(hold(certificate)).isInstanceOf(RevokeOutcome.Revoked.class);
      assertThat(release(certificate)).isInstanceOf(ReleaseOutcome.Released.class);
    }

    assertThat(changedSince(5)).extracting(StatusChange::number).containsExactly(6L);
  }

  @Test
  void releasingWhatIsGoodChangesNothing() {
    var certificate = confirmedOf("pump");
    var events = eventKinds();

    assertThat(release(certificate)).isEqualTo(new ReleaseOutcome.AlreadyGood(record(certificate)));

    assertThat(eventKinds()).isEqualTo(events);
    assertThat(changedSince(0)).isEmpty();
  }

  @Test
  void onlyAHoldIsReleased() {
    var certificate = confirmedOf("pump");
    revoke(certificate, RevocationReason.SUPERSEDED);

    assertNotReleased(certificate, "superseded");
  }

  @Test
  void whatThisIssuerNeverIssuedIsNotFound() {
    var never = new SerialNumber(BigInteger.valueOf(4711));

    assertThat(certificates().release(issuer, never, "test"))
        .isEqualTo(new ReleaseOutcome.NotFound());
  }

  @Test
  void whatIsOnHoldWhoseKeyWasCompromisedSinceIsNotReleased() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    confirm(first, Supersede.AT_EXPIRY);
    var second = issued(withCertificate(pump, first), pump);
    confirm(second, Supersede.AT_EXPIRY);
    hold(first);
    revoke(second, RevocationReason.KEY_COMPROMISE);

    assertNotReleased(first, "key");
  }

  // What happens meanwhile

  @Test
  void aSuccessorSupersedesWhatIsOnHoldForGood() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var old = issued(secret, pump);
    confirm(old, Supersede.ON_CONFIRM);
    hold(old);
    var since = clock.instant();
    clock.advance(Duration.ofMinutes(30));
    pump.makeNewKey();

    var next = issued(secret, pump);
    confirm(next, Supersede.ON_CONFIRM);

    assertThat(record(next).slot()).contains(Slot.CONFIRMED);
    assertThat(record(old).revocation())
        .contains(new RevocationRecord(since, RevocationReason.SUPERSEDED, none()));
    assertNotReleased(old, "superseded");
  }

  @Test
  void whatWasOnHoldDuringItsGraceIsReleasedIntoWhatIsLeftOfIt() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var old = issued(secret, pump);
    confirm(old, Supersede.ON_CONFIRM);
    hold(old);
    pump.makeNewKey();
    var next = issued(secret, pump);
    confirm(next, new Supersede.AfterGrace(Duration.ofDays(1)));
    clock.advance(Duration.ofDays(2));
    assertThat(certificates().dueBy(clock.instant(), 9)).isEmpty();

    assertThat(release(old)).isInstanceOf(ReleaseOutcome.Released.class);

    assertThat(record(old).slot()).isEmpty();
    assertThat(certificates().dueBy(clock.instant(), 9)).containsExactly(record(old));
    assertThat(certificates().endIfDue(issuer, old.serial(), clock.instant())).isTrue();
    assertThat(reason(old)).isEqualTo(RevocationReason.SUPERSEDED);
    assertThat(record(next).slot()).contains(Slot.CONFIRMED);
  }

  @Test
  void anOwnerNeverHasTwoCertificatesInOnePlaceWhateverIsHeldAndReleased() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 9);
    var all = new ArrayList<Certificate>();
    for (int i = 0; i < 4; i++) {
      var certificate = issued(secret, pump);
      all.add(certificate);
      all.forEach(this::hold);
      all.forEach(this::release);
      confirm(certificate, Supersede.ON_CONFIRM);
      hold(certificate);
      pump.makeNewKey();
      all.add(issued(secret, pump));
      all.forEach(this::release);
      pump.makeNewKey();
    }

    var live =
        all.stream().map(this::record).filter(each -> each.isLiveAt(clock.instant())).toList();
    assertThat(live)
        .extracting(CertificateRecord::slot)
        .containsExactlyInAnyOrder(Optional.of(Slot.CONFIRMED), Optional.of(Slot.PENDING));
  }

  @Test
  void aRetirementEndsWhatIsOnHold() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    confirm(certificate, Supersede.ON_CONFIRM);
    hold(certificate);
    var since = clock.instant();
    clock.advance(Duration.ofDays(3));

    var outcome =
        owners()
            .retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");

    assertThat(outcome)
        .isInstanceOfSatisfying(
            RetireOutcome.Retired.class,
            retired -> assertThat(retired.revoked()).containsExactly(record(certificate)));
    assertThat(record(certificate).revocation())
        .contains(new RevocationRecord(since, RevocationReason.CESSATION_OF_OPERATION, none()));
    assertThat(eventKinds()).endsWith("Retired", "ReasonChanged");
    assertNotReleased(certificate, "cessationOfOperation");
  }

  @Test
  void whatExpiredOnHoldIsNotReleasedOnceItsOwnerIsRetired() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    hold(certificate);
    clock.set(certificate.notAfter().plusSeconds(1));
    owners().retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");

    assertNotReleased(certificate, "retired");
  }

  // Reasons that change

  @Test
  void aHoldBecomesFinalAndTheTimeOfTheHoldStays() {
    var certificate = confirmedOf("pump");
    hold(certificate);
    var since = clock.instant();
    clock.advance(Duration.ofHours(5));

    var outcome = revoke(certificate, RevocationReason.PRIVILEGE_WITHDRAWN);

    assertThat(outcome).isEqualTo(new RevokeOutcome.Revoked(record(certificate)));
    assertThat(record(certificate).revocation())
        .contains(new RevocationRecord(since, RevocationReason.PRIVILEGE_WITHDRAWN, none()));
    assertThat(record(certificate).slot()).isEmpty();
    assertThat(eventKinds()).endsWith("Revoked", "ReasonChanged");
    assertThat(changedSince(1)).extracting(StatusChange::number).containsExactly(2L);
  }

  @Test
  void whatWasSupersededBecomesCompromisedWithTheDateSinceWhen() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    revoke(certificate, RevocationReason.SUPERSEDED);
    var since = clock.instant();
    clock.advance(Duration.ofDays(2));
    var stolen = since.minus(Duration.ofDays(7));

    var outcome = revoke(certificate, RevocationReason.KEY_COMPROMISE, Optional.of(stolen));

    var why = new RevocationRecord(since, RevocationReason.KEY_COMPROMISE, Optional.of(stolen));
    assertThat(outcome).isEqualTo(new RevokeOutcome.Revoked(record(certificate)));
    assertThat(record(certificate).revocation()).contains(why);
    assertThat(listed()).containsExactly(new RevokedEntry(certificate.serial(), why));
    assertThat(reserve(reservation(withSecret(pump, "s2", 1), pump)))
        .isInstanceOfSatisfying(
            ReserveOutcome.Refused.class,
            refused -> assertThat(refused.refusal().reason()).isEqualTo(Reason.KEY_RETIRED));
  }

  @Test
  void otherChangesAreRefusedAndSayFromWhatToWhat() {
    var certificate = confirmedOf("pump");
    revoke(certificate, RevocationReason.KEY_COMPROMISE);
    var before = record(certificate);
    var events = eventKinds();

    assertThat(revoke(certificate, RevocationReason.SUPERSEDED))
        .isInstanceOfSatisfying(
            RevokeOutcome.Refused.class,
            refused ->
                assertThat(refused.detail()).contains("keyCompromise", "changed to superseded"));
    assertThat(hold(certificate)).isInstanceOf(RevokeOutcome.Refused.class);

    assertThat(record(certificate)).isEqualTo(before);
    assertThat(eventKinds()).isEqualTo(events);
  }

  @Test
  void whatWasAbandonedMayTurnOutToBeCompromised() {
    var pump = registered("pump");
    var orphan = reserved(withSecret(pump, "s1", 1), pump);
    certificates().abandon(issuer, orphan.tbs().serial(), clock.instant(), "test");

    var outcome =
        certificates()
            .revoke(
                issuer,
                orphan.tbs().serial(),
                RevocationReason.KEY_COMPROMISE,
                none(),
                clock.instant(),
                "test");

    assertThat(outcome).isEqualTo(new RevokeOutcome.Revoked(record(orphan)));
    assertThat(record(orphan).state()).isEqualTo(CertificateState.ABANDONED);
  }

  @Test
  @Tag("C03")
  void whatEndsByItselfHasTheReasonForIt() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 9);
    var renewed = issued(secret, pump);
    confirm(renewed, Supersede.ON_CONFIRM);
    var voided = issued(withCertificate(pump, renewed), pump);
    pump.makeNewKey();
    var last = issued(withCertificate(pump, renewed), pump);
    confirm(last, Supersede.ON_CONFIRM);

    assertThat(reason(voided)).isEqualTo(RevocationReason.SUPERSEDED);
    assertThat(reason(renewed)).isEqualTo(RevocationReason.SUPERSEDED);
    assertThat(record(last).revocation()).isEmpty();
  }

  // Steps

  private Certificate confirmedOf(String name) {
    var device = registered(name);
    var certificate = issued(withSecret(device, "secret-" + name, 1), device);
    confirm(certificate, Supersede.ON_CONFIRM);
    return certificate;
  }

  private RevokeOutcome hold(Certificate certificate) {
    return revoke(certificate, RevocationReason.CERTIFICATE_HOLD);
  }

  private ReleaseOutcome release(Certificate certificate) {
    return certificates().release(issuer, certificate.serial(), "test");
  }

  private RevokeOutcome revoke(Certificate certificate, RevocationReason reason) {
    return revoke(certificate, reason, none());
  }

  private RevokeOutcome revoke(
      Certificate certificate, RevocationReason reason, Optional<Instant> invalidityDate) {
    return certificates()
        .revoke(issuer, certificate.serial(), reason, invalidityDate, clock.instant(), "test");
  }

  private void assertNotReleased(Certificate certificate, String because) {
    var before = record(certificate);
    var events = eventKinds();

    assertThat(release(certificate))
        .isInstanceOfSatisfying(
            ReleaseOutcome.Refused.class,
            refused -> {
              assertThat(refused.record()).isEqualTo(before);
              assertThat(refused.detail()).contains(because);
            });

    assertThat(record(certificate)).isEqualTo(before);
    assertThat(eventKinds()).isEqualTo(events);
  }

  private CertificateStatus status(Certificate certificate) {
    return certificates().status(issuer, certificate.serial());
  }

  private RevocationReason reason(Certificate certificate) {
    return record(certificate).revocation().orElseThrow().reason();
  }

  private List<RevokedEntry> listed() {
    var entries = new ArrayList<RevokedEntry>();
    crls().revoked(issuer, CrlScope.END_ENTITIES, Instant.EPOCH, entries::add);
    return entries;
  }

  private List<StatusChange> changedSince(long after) {
    var changes = new ArrayList<StatusChange>();
    crls().changedSince(issuer, CrlScope.END_ENTITIES, after, changes::add);
    return changes;
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }
}
