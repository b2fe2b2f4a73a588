package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.RotationPolicy;
import dev.nameplate.ca.profile.RotationPolicy.NameMatch;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReservationRules;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What every certificate store promises.
public abstract class CertificateStoreContract extends StoreContract {

  // Transaction 1

  @Test
  void whatWillBeSignedIsRememberedFirst() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);

    var reservation = reserved(secret, pump);

    assertThat(record(reservation)).isEqualTo(CertificateRecord.reserved(reservation));
    assertThat(secretUses(pump)).containsExactly(0);
    assertThat(owners().find(pump.owner()).orElseThrow().state()).isEqualTo(OwnerState.REGISTERED);
    assertThat(eventKinds()).containsExactly("OwnerRegistered", "SecretIssued", "Issuing");
  }

  @Test
  void theSameRequestGetsTheSameBytesAndSpendsNothing() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var certificate = issued(secret, pump);
    var events = eventKinds();

    clock.advance(Duration.ofDays(1));

    assertThat(reserve(reservation(secret, pump)))
        .isEqualTo(new ReserveOutcome.Answered(certificate));
    assertThat(secretUses(pump)).containsExactly(0);
    assertThat(eventKinds()).isEqualTo(events);
  }

  @Test
  void theSameRequestAtWorkIsInProgress() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    reserved(secret, pump);

    clock.advance(PATIENCE.minusSeconds(1));

    assertThat(reserve(reservation(secret, pump))).isEqualTo(new ReserveOutcome.InProgress());
  }

  @Test
  void aReservationThatIsLostIsReservedAnewWithoutSpendingAgain() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var lost = reserved(secret, pump);

    clock.advance(PATIENCE);
    var anew = reserved(secret, pump);

    assertThat(record(lost).state()).isEqualTo(CertificateState.ABANDONED);
    assertThat(record(anew).slot()).contains(Slot.PENDING);
    assertThat(secretUses(pump)).containsExactly(0);
    assertThat(complete(sign(lost.tbs()))).isEqualTo(new CompleteOutcome.Unwanted());
    assertThat(complete(sign(anew.tbs()))).isEqualTo(new CompleteOutcome.Completed());
  }

  @Test
  void afterAFailedReservationTheSameRequestReservesAnewWithoutSpendingAgain() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    abandon(reserved(secret, pump));

    clock.advance(Duration.ofSeconds(1));

    assertThat(reserve(reservation(secret, pump))).isEqualTo(new ReserveOutcome.Reserved());
    assertThat(secretUses(pump)).containsExactly(0);
  }

  @Test
  void aDifferentKeyVoidsThePendingCertificate() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var first = issued(secret, pump);

    clock.advance(Duration.ofSeconds(1));
    pump.makeNewKey();
    var second = issued(secret, pump);

    assertThat(record(first).slot()).isEmpty();
    assertThat(record(first).revocation())
        .contains(
            new RevocationRecord(clock.instant(), RevocationReason.SUPERSEDED, Optional.empty()));
    assertThat(record(second).slot()).contains(Slot.PENDING);
    assertThat(eventKinds()).endsWith("Issuing", "Issued", "Revoked", "Issuing", "Issued");
  }

  @Test
  void aDifferentKeyVoidsThePendingReservation() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var first = reserved(secret, pump);

    pump.makeNewKey();
    var second = reserved(secret, pump);

    assertThat(record(first).state()).isEqualTo(CertificateState.ABANDONED);
    assertThat(record(first).slot()).isEmpty();
    assertThat(record(second).slot()).contains(Slot.PENDING);
    assertThat(complete(sign(first.tbs()))).isEqualTo(new CompleteOutcome.Unwanted());
    assertThat(eventKinds()).endsWith("Issuing", "Abandoned", "Issuing");
  }

  @Test
  void aKeyBelongsToOneOwner() {
    var pump = registered("pump");
    issued(withSecret(pump, "s1", 1), pump);
    registered("clone");
    var clone = FakeDevice.named("clone", pump.key());

    assertRefused(reservation(withSecret(clone, "s2", 1), clone), Reason.KEY_BELONGS_TO_ANOTHER);
    assertThat(secretUses(clone)).containsExactly(1);
  }

  @Test
  void aKeyBelongsToItsOwnerAlsoWhenNoCertificateCameOfIt() {
    var pump = registered("pump");
    abandon(reserved(withSecret(pump, "s1", 1), pump));
    registered("clone");
    var clone = FakeDevice.named("clone", pump.key());

    assertRefused(reservation(withSecret(clone, "s2", 1), clone), Reason.KEY_BELONGS_TO_ANOTHER);
  }

  @Test
  void anOwnerMayUseItsKeyAgain() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    confirm(first, Supersede.ON_CONFIRM);

    assertThat(reserve(reservation(withCertificate(pump, first), pump)))
        .isEqualTo(new ReserveOutcome.Reserved());
  }

  @Test
  void whoIsNotRegisteredIsRefused() {
    var stranger = FakeDevice.named("stranger");

    assertRefused(reservation(ourselves(stranger), stranger), Reason.UNKNOWN_OWNER);
    assertThat(eventKinds()).isEmpty();
  }

  @Test
  void aRetiredOwnerIsRefusedWithWhateverItShows() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 5);
    var certificate = issued(secret, pump);
    confirm(certificate, Supersede.ON_CONFIRM);
    retire(pump);

    assertRefused(reservation(secret, pump), Reason.OWNER_RETIRED);
    assertRefused(reservation(withCertificate(pump, certificate), pump), Reason.OWNER_RETIRED);
    assertRefused(reservation(ourselves(pump), pump), Reason.OWNER_RETIRED);
    pump.makeNewKey();
    assertRefused(reservation(secret, pump), Reason.OWNER_RETIRED);
  }

  @Test
  void aRetiredKeyIsRefusedUnderAnyName() {
    var pump = registered("pump");
    issued(withSecret(pump, "s1", 1), pump);
    retire(pump);
    registered("fresh");
    var disguised = FakeDevice.named("fresh", pump.key());

    assertRefused(reservation(withSecret(disguised, "s2", 1), disguised), Reason.KEY_RETIRED);
  }

  @Test
  void aKeyThatWasCompromisedIsNeverCertifiedAgain() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var certificate = issued(secret, pump);
    revoke(certificate, RevocationReason.KEY_COMPROMISE);

    assertRefused(reservation(secret, pump), Reason.KEY_RETIRED);
    pump.makeNewKey();
    assertThat(reserve(reservation(secret, pump))).isEqualTo(new ReserveOutcome.Reserved());
  }

  @Test
  void aCredentialOfAnotherEpochIsRefused() {
    var pump = registered("pump");

    assertRefused(
        reservation(new Requester.Internal(pump.owner(), 2, "test"), pump),
        Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  void anAnswerThatCannotBeGivenAgainIsReplacedWithoutSpendingAgain() {
    var pump = registered("pump-0017");
    var secret = withSecret(pump, "s1", 1);
    var first = withServerKey(secret, pump);
    assertThat(reserve(first)).isEqualTo(new ReserveOutcome.Reserved());
    var lost = sign(first.tbs());
    complete(lost);

    pump.makeNewKey();
    clock.advance(ReservationRules.LOST_ANSWER.minusMillis(1));
    var second = withServerKey(secret, pump);
    assertThat(second.sameness()).isEqualTo(first.sameness());
    assertThat(reserve(second)).isEqualTo(new ReserveOutcome.Reserved());
    complete(sign(second.tbs()));

    assertThat(secretUses(pump)).containsExactly(0);
    assertThat(record(lost).revocation()).isPresent();
    pump.makeNewKey();
    clock.advance(Duration.ofMillis(1));
    assertRefused(withServerKey(secret, pump), Reason.SECRET_SPENT);
  }

  @Test
  @Tag("E12")
  void whoAsksEveryNineMinutesDoesNotKeepASpentSecretAlive() {
    var pump = registered("pump-0017");
    var secret = withSecret(pump, "s1", 1);
    withNewServerKey(secret, pump);

    clock.advance(ReservationRules.LOST_ANSWER.minusMinutes(1));
    withNewServerKey(secret, pump);
    clock.advance(Duration.ofMinutes(1));

    assertRefused(withServerKey(secret, pump), Reason.SECRET_SPENT);
  }

  @Test
  @Tag("E12")
  void theSecondUseOfASecretPaysForItsOwnLostAnswers() {
    var pump = registered("pump-0017");
    var secret = withSecret(pump, "s1", 2);
    confirm(withNewServerKey(secret, pump), Supersede.ON_CONFIRM);

    clock.advance(ReservationRules.LOST_ANSWER);
    withNewServerKey(secret, pump);
    assertThat(secretUses(pump)).containsExactly(0);
    clock.advance(ReservationRules.LOST_ANSWER.minusMillis(1));
    withNewServerKey(secret, pump);
    clock.advance(Duration.ofMillis(1));

    assertRefused(withServerKey(secret, pump), Reason.SECRET_SPENT);
  }

  @Test
  @Tag("E12")
  void whatFailedBeforeTheFirstAnswerTakesNoTimeFromThoseThatAreLost() {
    var pump = registered("pump-0017");
    var secret = withSecret(pump, "s1", 1);
    var failed = withServerKey(secret, pump);
    assertThat(reserve(failed)).isEqualTo(new ReserveOutcome.Reserved());
    abandon(failed);

    clock.advance(ReservationRules.LOST_ANSWER);
    withNewServerKey(secret, pump);
    clock.advance(ReservationRules.LOST_ANSWER.minusMillis(1));
    withNewServerKey(secret, pump);

    assertThat(secretUses(pump)).containsExactly(0);
  }

  private Certificate withNewServerKey(Requester requester, FakeDevice device) {
    device.makeNewKey();
    return issued(withServerKey(requester, device));
  }

  @Test
  void aSpentSecretIsRefusedForAnythingElse() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var certificate = issued(secret, pump);
    pump.makeNewKey();

    assertRefused(reservation(secret, pump), Reason.SECRET_SPENT);
    assertThat(record(certificate).slot()).contains(Slot.PENDING);
    assertThat(record(certificate).revocation()).isEmpty();
  }

  @Test
  void aSpentSecretIsRefusedOnceItsAnswerIsInUse() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    confirm(issued(secret, pump), Supersede.ON_CONFIRM);

    assertRefused(reservation(secret, pump), Reason.SECRET_SPENT);
  }

  @Test
  void anExpiredSecretIsRefused() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);

    clock.advance(Duration.ofHours(1));

    assertRefused(reservation(secret, pump), Reason.SECRET_EXPIRED);
  }

  @Test
  void anotherOwnersSecretIsRefused() {
    var pump = registered("pump");
    withSecret(registered("other"), "s1", 1);

    assertRefused(
        reservation(new Requester.BySecret(pump.owner(), 1, "s1"), pump),
        Reason.CREDENTIAL_NOT_ACCEPTED);
    assertRefused(
        reservation(new Requester.BySecret(pump.owner(), 1, "none"), pump),
        Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  @Tag("S5")
  void whereACertificateAndASecretAreShownBothAreLookedAtAgain() {
    var pump = registered("pump");
    var presented = issued(withSecret(pump, "s1", 1), pump);
    confirm(presented, Supersede.ON_CONFIRM);
    withSecret(pump, "s2", 1);
    withSecret(registered("other"), "s3", 1);
    var holder = withCertificate(pump, presented);
    pump.makeNewKey();

    assertRefused(reservation(new Requester.WithSecret(holder, "s1"), pump), Reason.SECRET_SPENT);
    assertRefused(
        reservation(new Requester.WithSecret(holder, "s3"), pump), Reason.CREDENTIAL_NOT_ACCEPTED);
    var both = new Requester.WithSecret(holder, "s2");
    var reserved = reserved(both, pump);
    assertThat(record(reserved).replaces()).contains(presented.serial());
    assertThat(secretUses(pump)).containsExactly(0, 0);
    revoke(presented, RevocationReason.KEY_COMPROMISE);
    withSecret(pump, "s4", 1);
    assertRefused(
        reservation(new Requester.WithSecret(holder, "s4"), pump), Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  void aRenewalRemembersWhatItReplaces() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    confirm(first, Supersede.ON_CONFIRM);

    pump.makeNewKey();
    var second = issued(withCertificate(pump, first), pump);

    assertThat(record(second).replaces()).contains(first.serial());
    assertThat(record(first).slot()).contains(Slot.CONFIRMED);
    assertThat(record(second).slot()).contains(Slot.PENDING);
    assertThat(certificates().status(issuer, first.serial()))
        .isInstanceOf(CertificateStatus.Good.class);
  }

  @Test
  void aPresentedCertificateThatIsNotValidIsRefused() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    var stranger = sign(reservation(ourselves(pump), pump).tbs());
    pump.makeNewKey();

    assertRefused(
        reservation(withCertificate(pump, stranger), pump), Reason.CREDENTIAL_NOT_ACCEPTED);
    var renewal = reservation(withCertificate(pump, certificate), pump);
    revoke(certificate, RevocationReason.KEY_COMPROMISE);
    assertRefused(renewal, Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  @Tag("E14")
  void aCertificateThatWasSupersededRenewsNothingThoughItIsStillGood() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    confirm(first, Supersede.ON_CONFIRM);
    pump.makeNewKey();
    confirm(issued(withCertificate(pump, first), pump), Supersede.AT_EXPIRY);

    assertThat(certificates().status(issuer, first.serial()))
        .isInstanceOf(CertificateStatus.Good.class);
    pump.makeNewKey();
    assertRefused(reservation(withCertificate(pump, first), pump), Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  void anExpiredCertificateRenewsNothing() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);

    clock.set(certificate.notAfter().plusSeconds(1));

    assertRefused(
        reservation(withCertificate(pump, certificate), pump), Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  void aSerialIsUsedOnceAndASecondUseChangesNothing() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var first = reserved(secret, pump);
    complete(sign(first.tbs()));
    var events = eventKinds();
    pump.makeNewKey();
    var twice = reservation(secret, pump, first.tbs().serial());

    assertThatThrownBy(() -> reserve(twice))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(first.tbs().serial().hex());

    assertThat(eventKinds()).isEqualTo(events);
    assertThat(secretUses(pump)).containsExactly(1);
    assertThat(record(first).slot()).contains(Slot.PENDING);
    assertThat(record(first).revocation()).isEmpty();
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  // Transaction 2

  @Test
  void aCompletedCertificateIsIssued() {
    var pump = registered("pump");
    var reservation = reserved(withSecret(pump, "s1", 1), pump);
    var certificate = sign(reservation.tbs());

    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());

    var record = CertificateRecord.reserved(reservation).issued(certificate);
    assertThat(record(certificate)).isEqualTo(record);
    assertThat(certificates().findByFingerprint(certificate.sha256())).contains(record);
    assertThat(certificates().findBySerial(certificate.serial())).containsExactly(record);
    assertThat(owners().find(pump.owner()).orElseThrow().state()).isEqualTo(OwnerState.ENROLLED);
    assertThat(eventKinds()).endsWith("Issuing", "Issued");
  }

  @Test
  void completingAgainIsCompleting() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    var events = eventKinds();

    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());
    assertThat(eventKinds()).isEqualTo(events);
  }

  @Test
  void reservedBytesAreSignedOnce() {
    var pump = registered("pump");
    var reservation = reserved(withSecret(pump, "s1", 1), pump);
    var first = sign(reservation.tbs());
    complete(first);

    assertThat(complete(sign(reservation.tbs()))).isEqualTo(new CompleteOutcome.Unwanted());
    assertThat(record(first).certificate()).contains(first);
  }

  @Test
  void otherBytesThanThoseReservedAreNotTaken() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var reservation = reserved(secret, pump);
    var never = sign(reservation(secret, pump).tbs());
    pump.makeNewKey();
    var forged = sign(reservation(secret, pump, reservation.tbs().serial()).tbs());

    assertThatThrownBy(() -> complete(never)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> complete(forged)).isInstanceOf(IllegalArgumentException.class);
    assertThat(record(reservation).state()).isEqualTo(CertificateState.RESERVED);
    assertThat(eventKinds()).endsWith("Issuing");
  }

  @Test
  void aRetirementInBetweenWins() {
    var pump = registered("pump");
    var reservation = reserved(withSecret(pump, "s1", 1), pump);

    retire(pump);

    assertThat(complete(sign(reservation.tbs()))).isEqualTo(new CompleteOutcome.Unwanted());
    assertThat(certificates().status(issuer, reservation.tbs().serial()))
        .isInstanceOf(CertificateStatus.Revoked.class);
    assertThat(eventKinds()).endsWith("Issuing", "Retired", "Abandoned");
  }

  @Test
  void ourOwnCertificatesAreInUseAtOnce() {
    var server = registered("server");
    var first = sign(reserved(ourselves(server), server).tbs());
    complete(first, true, Supersede.AT_EXPIRY);
    server.makeNewKey();
    var second = sign(reserved(ourselves(server), server).tbs());
    complete(second, true, Supersede.AT_EXPIRY);

    assertThat(record(first).slot()).isEmpty();
    assertThat(record(first).revocation()).isEmpty();
    assertThat(record(second).slot()).contains(Slot.CONFIRMED);
    assertThat(record(second).confirmedAt()).contains(clock.instant());
    assertThat(owners().find(server.owner()).orElseThrow().state()).isEqualTo(OwnerState.ACTIVE);
  }

  @Test
  void onlyAReservationIsAbandoned() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var reservation = reserved(secret, pump);

    assertThat(abandon(reservation)).isTrue();
    assertThat(abandon(reservation)).isFalse();

    var issued = issued(secret, pump);
    assertThat(certificates().abandon(issuer, issued.serial(), clock.instant(), "test")).isFalse();
    assertThat(certificates().abandon(issuer, neverUsed(), clock.instant(), "test")).isFalse();
    assertThat(eventKinds()).endsWith("Issuing", "Abandoned", "Issuing", "Issued");
  }

  // In use

  @Test
  void aPendingCertificateThatIsSeenIsConfirmedAndEndsTheOneBefore() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    assertThat(confirm(first, Supersede.ON_CONFIRM)).isTrue();
    pump.makeNewKey();
    var second = issued(withCertificate(pump, first), pump);
    clock.advance(Duration.ofDays(1));

    assertThat(confirm(second, Supersede.ON_CONFIRM)).isTrue();

    assertThat(record(second).slot()).contains(Slot.CONFIRMED);
    assertThat(record(second).confirmedAt()).contains(clock.instant());
    assertThat(record(first).slot()).isEmpty();
    assertThat(record(first).revocation().orElseThrow().reason())
        .isEqualTo(RevocationReason.SUPERSEDED);
    assertThat(owners().find(pump.owner()).orElseThrow().state()).isEqualTo(OwnerState.ACTIVE);
    assertThat(eventKinds()).endsWith("Confirmed", "Issuing", "Issued", "Confirmed", "Revoked");
  }

  @Test
  void theOneBeforeStaysValidWhereTheProfileSaysSo() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    confirm(first, Supersede.AT_EXPIRY);
    pump.makeNewKey();
    var second = issued(withCertificate(pump, first), pump);

    assertThat(confirm(second, Supersede.AT_EXPIRY)).isTrue();

    assertThat(record(first).slot()).isEmpty();
    assertThat(record(first).isLiveAt(clock.instant())).isTrue();
    assertThat(record(second).slot()).contains(Slot.CONFIRMED);
  }

  @Test
  void onlyAPendingCertificateIsConfirmed() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 3);
    var reservation = reserved(secret, pump);
    var unsigned = sign(reservation.tbs());
    assertThat(confirm(unsigned, Supersede.ON_CONFIRM)).isFalse();
    complete(unsigned);
    assertThat(confirm(unsigned, Supersede.ON_CONFIRM)).isTrue();
    assertThat(confirm(unsigned, Supersede.ON_CONFIRM)).isFalse();
    pump.makeNewKey();
    var revoked = issued(secret, pump);
    revoke(revoked, RevocationReason.KEY_COMPROMISE);
    var events = eventKinds();

    assertThat(confirm(revoked, Supersede.ON_CONFIRM)).isFalse();
    assertThat(record(unsigned).slot()).contains(Slot.CONFIRMED);
    assertThat(eventKinds()).isEqualTo(events);
  }

  // Revoked

  @Test
  void aRevocationKeepsItsTimeReasonAndInvalidityDate() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    var lost = clock.instant().minus(Duration.ofDays(3));

    var outcome =
        certificates()
            .revoke(
                issuer,
                certificate.serial(),
                RevocationReason.KEY_COMPROMISE,
                Optional.of(lost),
                clock.instant(),
                "admin:alice");

    var expected =
        new RevocationRecord(clock.instant(), RevocationReason.KEY_COMPROMISE, Optional.of(lost));
    assertThat(outcome).isEqualTo(new RevokeOutcome.Revoked(record(certificate)));
    assertThat(record(certificate).revocation()).contains(expected);
    assertThat(record(certificate).state()).isEqualTo(CertificateState.ISSUED);
    assertThat(record(certificate).slot()).isEmpty();
    assertThat(eventKinds()).endsWith("Revoked");
  }

  @Test
  void whatWasRevokedStaysAsItWas() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    revoke(certificate, RevocationReason.KEY_COMPROMISE);
    var first = record(certificate);
    var events = eventKinds();

    clock.advance(Duration.ofDays(1));

    assertThat(revoke(certificate, RevocationReason.KEY_COMPROMISE))
        .isEqualTo(new RevokeOutcome.AlreadyRevoked(first));
    assertThat(record(certificate)).isEqualTo(first);
    assertThat(eventKinds()).isEqualTo(events);
  }

  @Test
  void aReservationThatIsRevokedNeverLeaves() {
    var pump = registered("pump");
    var certificate = sign(reserved(withSecret(pump, "s1", 1), pump).tbs());

    assertThat(revoke(certificate, RevocationReason.KEY_COMPROMISE))
        .isInstanceOf(RevokeOutcome.Revoked.class);

    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Unwanted());
    assertThat(record(certificate).state()).isEqualTo(CertificateState.ABANDONED);
  }

  @Test
  void aSerialThatWasNeverUsedCannotBeRevoked() {
    assertThat(
            certificates()
                .revoke(
                    issuer,
                    neverUsed(),
                    RevocationReason.UNSPECIFIED,
                    Optional.empty(),
                    clock.instant(),
                    "test"))
        .isEqualTo(new RevokeOutcome.NotFound());
    assertThat(eventKinds()).isEmpty();
  }

  @Test
  void eachStateHasItsStatus() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var reservation = reserved(secret, pump);
    var serial = reservation.tbs().serial();
    var notAfter = reservation.tbs().notAfter();

    assertThat(certificates().status(issuer, neverUsed()))
        .isEqualTo(new CertificateStatus.NeverIssued());
    assertThat(certificates().status(new IssuerId("ab".repeat(32)), serial))
        .isEqualTo(new CertificateStatus.NeverIssued());
    assertThat(certificates().status(issuer, serial)).isEqualTo(new CertificateStatus.Reserved());
    var unknown = neverUsed();
    assertThat(certificates().statuses(issuer, Set.of(serial, unknown)))
        .isEqualTo(
            Map.of(
                serial,
                new CertificateStatus.Reserved(),
                unknown,
                new CertificateStatus.NeverIssued()));
    assertThat(certificates().statuses(issuer, Set.of())).isEmpty();
    complete(sign(reservation.tbs()));
    assertThat(certificates().status(issuer, serial))
        .isEqualTo(new CertificateStatus.Good(notAfter));
    revoke(sign(reservation.tbs()), RevocationReason.KEY_COMPROMISE);
    assertThat(certificates().status(issuer, serial))
        .isEqualTo(
            new CertificateStatus.Revoked(
                clock.instant(), RevocationReason.KEY_COMPROMISE, notAfter));

    pump.makeNewKey();
    var orphan = reserved(secret, pump);
    abandon(orphan);
    assertThat(certificates().status(issuer, orphan.tbs().serial()))
        .isEqualTo(
            new CertificateStatus.Revoked(
                clock.instant(), RevocationReason.UNSPECIFIED, orphan.tbs().notAfter()));
  }

  // Found again

  @Test
  void certificatesAreListedInOrderOfSerialPageByPage() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 10);
    var made = new ArrayList<SerialNumber>();
    for (int i = 0; i < 5; i++) {
      pump.makeNewKey();
      made.add(issued(secret, pump).serial());
    }
    var other = registered("other");
    made.add(issued(withSecret(other, "s2", 1), other).serial());
    made.sort(Comparator.naturalOrder());

    var listed = new ArrayList<SerialNumber>();
    Optional<SerialNumber> after = Optional.empty();
    List<CertificateRecord> page;
    do {
      page =
          certificates().list(new CertificateQuery(Optional.empty(), Optional.empty(), after, 4));
      page.forEach(record -> listed.add(record.serial()));
      after = page.isEmpty() ? after : Optional.of(page.getLast().serial());
    } while (!page.isEmpty());

    assertThat(listed).isEqualTo(made);
    assertThat(certificates().list(CertificateQuery.ofOwner(pump.owner()))).hasSize(5);
  }

  @Test
  void certificatesAreListedByState() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 10);
    var issued = issued(secret, pump);
    pump.makeNewKey();
    var reserved = reserved(secret, pump);

    assertThat(listed(CertificateState.ISSUED)).containsExactly(issued.serial());
    assertThat(listed(CertificateState.RESERVED)).containsExactly(reserved.tbs().serial());
    assertThat(listed(CertificateState.ABANDONED)).isEmpty();
    assertThat(certificates().countByState())
        .isEqualTo(Map.of(CertificateState.ISSUED, 1L, CertificateState.RESERVED, 1L));
  }

  @Test
  void oldReservationsAreFoundOldestFirst() {
    var serials = new ArrayList<SerialNumber>();
    for (int i = 0; i < 4; i++) {
      var device = registered("pump-" + i);
      serials.add(reserved(withSecret(device, "s" + i, 1), device).tbs().serial());
      clock.advance(Duration.ofMinutes(1));
    }
    var before = clock.instant().minus(Duration.ofMinutes(1));

    assertThat(certificates().reservedBefore(before, 10))
        .extracting(CertificateRecord::serial)
        .isEqualTo(serials.subList(0, 3));
    assertThat(certificates().reservedBefore(before, 2))
        .extracting(CertificateRecord::serial)
        .isEqualTo(serials.subList(0, 2));
  }

  @ParameterizedTest
  @EnumSource(names = {"KEY_COMPROMISE", "CERTIFICATE_HOLD"})
  @Tag("A2")
  void aRenewalIsNotIssuedOnceTheCertificateThatAskedForItIsRevoked(RevocationReason reason) {
    var pump = registered("pump");
    var presented = issued(withSecret(pump, "s1", 1), pump);
    confirm(presented, Supersede.ON_CONFIRM);
    pump.makeNewKey();
    var renewal = reserved(withCertificate(pump, presented), pump);
    assertThat(
            certificates()
                .revoke(
                    issuer, presented.serial(), reason, Optional.empty(), clock.instant(), "test"))
        .isInstanceOf(RevokeOutcome.Revoked.class);

    assertThat(complete(sign(renewal.tbs()))).isEqualTo(new CompleteOutcome.Unwanted());

    assertThat(record(renewal).state()).isEqualTo(CertificateState.ABANDONED);
    assertThat(certificates().status(issuer, renewal.tbs().serial()))
        .isInstanceOf(CertificateStatus.Revoked.class);
  }

  // Many at once

  @Test
  void ofManySendingsOfOneRequestOneIsReserved() throws Exception {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var sendings = IntStream.range(0, 16).mapToObj(_ -> reservation(secret, pump)).toList();

    var outcomes = reserveAllAtOnce(sendings);

    assertThat(outcomes).filteredOn(new ReserveOutcome.Reserved()::equals).hasSize(1);
    assertThat(outcomes).filteredOn(new ReserveOutcome.InProgress()::equals).hasSize(15);
  }

  @Test
  void aSecretIsSpentAsOftenAsItIsGoodFor() throws Exception {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 3);
    var requests =
        IntStream.range(0, 16)
            .mapToObj(_ -> {
              pump.makeNewKey();
              return reservation(secret, pump);
            })
            .toList();

    var outcomes = reserveAllAtOnce(requests);

    assertThat(outcomes).filteredOn(new ReserveOutcome.Reserved()::equals).hasSize(3);
    assertThat(secretUses(pump)).containsExactly(0);
    assertThat(certificates().countByState())
        .isEqualTo(Map.of(CertificateState.RESERVED, 1L, CertificateState.ABANDONED, 2L));
  }

  @Test
  void ofManyOwnersWhoWantOneKeyOneGetsIt() throws Exception {
    var key = FakeDevice.named("original").key();
    var requests =
        IntStream.range(0, 16)
            .mapToObj(i -> {
              registered("pump-" + i);
              var device = FakeDevice.named("pump-" + i, key);
              return reservation(withSecret(device, "s" + i, 1), device);
            })
            .toList();

    var outcomes = reserveAllAtOnce(requests);

    assertThat(outcomes).filteredOn(new ReserveOutcome.Reserved()::equals).hasSize(1);
    assertThat(outcomes)
        .filteredOn(ReserveOutcome.Refused.class::isInstance)
        .hasSize(15)
        .allSatisfy(refused ->
            assertThat(((ReserveOutcome.Refused) refused).refusal().reason())
                .isEqualTo(Reason.KEY_BELONGS_TO_ANOTHER));
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void manyEnrollmentsAtOnceAreEachRemembered() throws Exception {
    var tasks =
        IntStream.range(0, 32)
            .<Callable<Certificate>>mapToObj(i ->
                () -> {
                  var device = registered("pump-" + i);
                  return issued(withSecret(device, "s" + i, 1), device);
                })
            .toList();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var made : threads.invokeAll(tasks)) {
        assertThat(record(made.get()).certificate()).contains(made.get());
      }
    }
    assertThat(verdict()).isEqualTo(new AuditVerdict.Intact(1 + 4 * 32, 1));
  }

  private List<ReserveOutcome> reserveAllAtOnce(List<Reservation> reservations) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks =
          reservations.stream()
              .<Callable<ReserveOutcome>>map(reservation -> () -> reserve(reservation))
              .toList();
      var outcomes = new ArrayList<ReserveOutcome>();
      for (var outcome : threads.invokeAll(tasks)) {
        outcomes.add(outcome.get());
      }
      return outcomes;
    }
  }

  private void assertRefused(Reservation reservation, Reason reason) {
    var certificatesBefore = certificates().countByState();
    var eventsBefore = eventKinds();

    var outcome = reserve(reservation);

    assertThat(outcome).isInstanceOf(ReserveOutcome.Refused.class);
    assertThat(((ReserveOutcome.Refused) outcome).refusal().reason()).isEqualTo(reason);
    assertThat(certificates().countByState()).isEqualTo(certificatesBefore);
    assertThat(eventKinds()).isEqualTo(eventsBefore);
  }

  private boolean abandon(Reservation reservation) {
    return certificates()
        .abandon(issuer, reservation.tbs().serial(), clock.instant(), "signing failed");
  }

  private RevokeOutcome revoke(Certificate certificate, RevocationReason reason) {
    return certificates()
        .revoke(issuer, certificate.serial(), reason, Optional.empty(), clock.instant(), "test");
  }

  private void retire(FakeDevice device) {
    assertThat(
            owners()
                .retire(
                    device.owner(),
                    RevocationReason.CESSATION_OF_OPERATION,
                    clock.instant(),
                    "test"))
        .isInstanceOf(RetireOutcome.Retired.class);
  }

  private List<Integer> secretUses(FakeDevice device) {
    return owners().secrets(device.owner()).stream().map(SecretRecord::usesLeft).toList();
  }

  private List<SerialNumber> listed(CertificateState state) {
    return certificates()
        .list(new CertificateQuery(Optional.empty(), Optional.of(state), Optional.empty(), 100))
        .stream()
        .map(CertificateRecord::serial)
        .toList();
  }

  private static SerialNumber neverUsed() {
    return new SerialNumber(BigInteger.TEN);
  }

  // What is due before it expires

  @Test
  @Tag("E14")
  void aCertificateWithAGraceIsGoodUntilItsEndAndRevokedAsSupersededThen() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    confirm(first, Supersede.ON_CONFIRM);
    pump.makeNewKey();
    var second = issued(withCertificate(pump, first), pump);
    confirm(second, new Supersede.AfterGrace(Duration.ofHours(24)));
    var due = clock.instant().plus(Duration.ofHours(24));

    assertThat(eventKinds()).endsWith("Confirmed", "SupersessionDue");
    assertThat(record(first).dueAt()).contains(due);
    assertThat(record(first).slot()).isEmpty();
    assertThat(record(second).slot()).contains(Slot.CONFIRMED);
    clock.set(due.minusSeconds(1));
    assertThat(certificates().dueBy(clock.instant(), 10)).isEmpty();
    assertThat(certificates().endIfDue(issuer, first.serial(), clock.instant())).isFalse();
    assertThat(certificates().status(issuer, first.serial()))
        .isInstanceOf(CertificateStatus.Good.class);

    clock.set(due);
    assertThat(certificates().dueBy(clock.instant(), 10)).containsExactly(record(first));
    assertThat(certificates().endIfDue(issuer, first.serial(), clock.instant())).isTrue();
    assertThat(record(first).revocation())
        .contains(new RevocationRecord(due, RevocationReason.SUPERSEDED, Optional.empty()));
    assertThat(certificates().dueBy(clock.instant(), 10)).isEmpty();
    assertThat(certificates().endIfDue(issuer, first.serial(), clock.instant())).isFalse();
    assertThat(eventKinds()).endsWith("SupersessionDue", "Revoked");
  }

  @Test
  @Tag("E14")
  void aRenewedCertificateThatNobodyUsesIsVoidedAtTheCapAndTheOldOneStays() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    confirm(first, Supersede.ON_CONFIRM);
    pump.makeNewKey();
    var second = issued(capped(withCertificate(pump, first), pump));

    clock.advance(CAP);
    assertThat(certificates().endIfDue(issuer, second.serial(), clock.instant())).isTrue();

    assertThat(record(second).revocation().orElseThrow().reason())
        .isEqualTo(RevocationReason.CESSATION_OF_OPERATION);
    assertThat(record(first).slot()).contains(Slot.CONFIRMED);
    assertThat(reserve(reservation(withCertificate(pump, first), pump)))
        .isEqualTo(new ReserveOutcome.Reserved());
  }

  @Test
  @Tag("E14")
  void aCertificateThatWasUsedInTimeIsNotVoided() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    confirm(first, Supersede.ON_CONFIRM);
    pump.makeNewKey();
    var second = issued(capped(withCertificate(pump, first), pump));
    confirm(second, Supersede.ON_CONFIRM);

    clock.advance(CAP);
    assertThat(certificates().dueBy(clock.instant(), 10)).isEmpty();
    assertThat(record(second).dueAt()).isEmpty();
  }

  @Test
  @Tag("E14")
  void aFirstCertificateIsNotVoidedForItsOwnerWouldHaveNone() {
    var pump = registered("pump");
    var only = issued(capped(withSecret(pump, "s1", 1), pump));

    clock.advance(CAP);
    assertThat(certificates().dueBy(clock.instant(), 10)).containsExactly(record(only));
    assertThat(certificates().endIfDue(issuer, only.serial(), clock.instant())).isFalse();

    assertThat(record(only).revocation()).isEmpty();
    assertThat(record(only).slot()).contains(Slot.PENDING);
    assertThat(certificates().dueBy(clock.instant(), 10)).isEmpty();
  }

  // How often one key

  @Test
  @Tag("E5")
  void aKeyIsRenewedAsOftenAsItsProfileSays() {
    var pump = registered("pump");
    var current = issued(withSecret(pump, "s1", 1), pump);
    confirm(current, Supersede.ON_CONFIRM);
    for (int renewals = 0; renewals < 2; renewals++) {
      var next = issued(keptTwice(withCertificate(pump, current), pump));
      // not yet used, so another try costs nothing
      assertThat(reserve(keptTwice(withCertificate(pump, current), pump)))
          .isEqualTo(new ReserveOutcome.Answered(next));
      confirm(next, Supersede.ON_CONFIRM);
      current = next;
    }

    assertRefused(keptTwice(withCertificate(pump, current), pump), Reason.REKEY_REQUIRED);
    pump.makeNewKey();
    assertThat(reserve(keptTwice(withCertificate(pump, current), pump)))
        .isEqualTo(new ReserveOutcome.Reserved());
  }

  // Who is late

  @Test
  @Tag("E12")
  void aRequestThatWasOvertakenByAnotherDoesNotVoidItsAnswer() {
    var pump = registered("pump");
    var first = issued(withSecret(pump, "s1", 1), pump);
    confirm(first, Supersede.ON_CONFIRM);
    pump.makeNewKey();
    var late = reservation(withCertificate(pump, first), pump);
    clock.advance(Duration.ofMillis(200));
    pump.makeNewKey();
    var answer = issued(withCertificate(pump, first), pump);

    assertThat(reserve(late)).isEqualTo(new ReserveOutcome.InProgress());
    assertThat(record(answer).slot()).contains(Slot.PENDING);
  }

  private static final Duration CAP = Duration.ofDays(14);

  private Reservation capped(Requester requester, FakeDevice device) {
    return rotating(reservation(requester, device), RotationPolicy.UNLIMITED, Optional.of(CAP));
  }

  private Reservation keptTwice(Requester requester, FakeDevice device) {
    return rotating(reservation(requester, device), 2, Optional.empty());
  }

  private static Reservation rotating(
      Reservation usual, int sameKeyRenewals, Optional<Duration> cap) {
    return new Reservation(
        usual.requester(),
        usual.label(),
        usual.profileVersion(),
        usual.issuer(),
        usual.scope(),
        usual.tbs(),
        usual.sameness(),
        usual.repeatable(),
        usual.signable(),
        usual.now(),
        usual.patience(),
        new RotationPolicy(
            0.6, true, sameKeyRenewals, Supersede.ON_CONFIRM, cap, NameMatch.RFC5280, false));
  }

  private Certificate issued(Reservation reservation) {
    assertThat(reserve(reservation)).isEqualTo(new ReserveOutcome.Reserved());
    var certificate = sign(reservation.tbs());
    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());
    return certificate;
  }
}
