package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.OwnerState.Move;
import dev.nameplate.ca.device.OwnerState.Trigger;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.AttributeEdit;
import dev.nameplate.ca.store.AttributeEdit.Attribute;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.Epoch;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.MoveOutcome.Code;
import dev.nameplate.ca.store.OwnerLife;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.ReleaseOutcome;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.store.Suspension;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What every store promises of an owner's states, and of what moves it from one to another.
public abstract class LifeContract extends StoreContract {

  private static final Owner PUMP = new Owner(OwnerKind.DEVICE, "pump");
  private static final Duration RETENTION = Duration.ofDays(90);

  /// A device in some state, and what it shows to be let in.
  private record Placed(FakeDevice device, Requester credential) {}

  // The table

  static Stream<Arguments> everyStateAndTrigger() {
    return Arrays.stream(OwnerState.values())
        .flatMap(
            state -> Arrays.stream(Trigger.values()).map(trigger -> Arguments.of(state, trigger)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everyStateAndTrigger")
  @Tag("LIFE")
  void aTriggerMovesAsTheTableSaysOrChangesNothing(OwnerState from, Trigger trigger) {
    var placed = place(from);
    assertThat(state()).isEqualTo(from);
    var before = snapshot();

    boolean moved = pull(trigger, placed);

    switch (from.on(trigger)) {
      case Move.To(var to) -> {
        assertThat(moved).isTrue();
        assertThat(state()).isEqualTo(to);
      }
      case Move.Refused _ -> {
        assertThat(moved).isFalse();
        assertThat(snapshot()).isEqualTo(before);
      }
    }
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  /// A device that got into `state` on the straightest way.
  private Placed place(OwnerState state) {
    var device = registered("pump");
    var credential = withSecret(device, "s1", 9);
    var placed = new Placed(device, credential);
    switch (state) {
      case REGISTERED -> {}
      case ENROLLED -> issued(credential, device);
      case ACTIVE -> active(placed);
      case SUSPENDED -> {
        active(placed);
        suspend(Optional.empty());
      }
      case RETIRING -> {
        active(placed);
        retire();
      }
      case RETIRED -> retired(placed);
      case CANCELLED -> moved(owners().cancel(PUMP, clock.instant(), "a typo", "test"));
      case PURGED -> {
        retired(placed);
        clock.advance(Duration.ofDays(1000));
        moved(owners().purge(PUMP, RETENTION, clock.instant(), "test"));
      }
    }
    if (state == OwnerState.RETIRED) {
      // so that nothing but the table decides whether it may be purged
      clock.advance(Duration.ofDays(1000));
    }
    return placed;
  }

  private Certificate active(Placed placed) {
    var certificate = issued(placed.credential(), placed.device());
    assertThat(confirm(certificate, Supersede.ON_CONFIRM)).isTrue();
    return certificate;
  }

  private void retired(Placed placed) {
    active(placed);
    retire();
    moved(finish(1));
  }

  /// Whether it did something.
  private boolean pull(Trigger trigger, Placed placed) {
    var now = clock.instant();
    return switch (trigger) {
      case ISSUE -> {
        placed.device().makeNewKey();
        var reservation = reservation(placed.credential(), placed.device());
        yield reserve(reservation) instanceof ReserveOutcome.Reserved
            && complete(sign(reservation.tbs())) instanceof CompleteOutcome.Completed;
      }
      case SEE -> see(placed);
      case SUSPEND -> isMoved(owners().suspend(PUMP, suspension(Optional.empty())));
      case RESUME -> isMoved(owners().resume(PUMP, now, "found", "test"));
      case RETIRE ->
          owners().retire(PUMP, RevocationReason.CESSATION_OF_OPERATION, now, "test")
              instanceof RetireOutcome.Retired;
      case FINISH -> isMoved(finish(1));
      case CANCEL -> isMoved(owners().cancel(PUMP, now, "a typo", "test"));
      case REPURPOSE -> isMoved(owners().repurpose(PUMP, "device", now, "sold on", "test"));
      case PURGE -> isMoved(owners().purge(PUMP, RETENTION, now, "test"));
    };
  }

  /// Of a certificate that waits for it; where there is none, one is tried that does not.
  private boolean see(Placed placed) {
    var mine = certificates().list(CertificateQuery.ofOwner(PUMP));
    if (state() == OwnerState.ACTIVE) {
      placed.device().makeNewKey();
      return confirm(issued(placed.credential(), placed.device()), Supersede.ON_CONFIRM);
    }
    return mine.stream()
        .flatMap(record -> record.certificate().stream())
        .anyMatch(certificate -> confirm(certificate, Supersede.ON_CONFIRM));
  }

  /// Everything that a refusal must leave as it was, but for what the audit log says.
  private List<Object> snapshot() {
    return List.of(
        owners().find(PUMP),
        owners().life(PUMP),
        owners().secrets(PUMP),
        certificates().list(CertificateQuery.ofOwner(PUMP)),
        eventKinds());
  }

  // Suspension

  @Test
  @Tag("LIFE")
  void aSuspensionHoldsEveryCertificateAndLetsNobodyIn() {
    var placed = placedActive();
    var certificate = onlyCertificate();
    placed.device().makeNewKey();
    var underWay = reserved(placed.credential(), placed.device());

    var moved = suspend(Optional.of(clock.instant().plus(Duration.ofHours(2))));

    assertThat(moved.certificates())
        .extracting(CertificateRecord::serial)
        .containsExactly(certificate.serial());
    assertThat(record(certificate).isHeld()).isTrue();
    assertThat(record(underWay).state()).isEqualTo(CertificateState.ABANDONED);
    assertThat(complete(sign(underWay.tbs()))).isEqualTo(new CompleteOutcome.Unwanted());
    placed.device().makeNewKey();
    assertRefused(placed.credential(), placed.device(), Reason.OWNER_SUSPENDED);
    assertRefused(
        withCertificate(placed.device(), certificate), placed.device(), Reason.OWNER_SUSPENDED);
    assertThat(addSecret(secret(PUMP, "s2", 1))).isFalse();
    assertThat(eventKinds()).endsWith("Suspended", "Revoked", "Abandoned");
  }

  @Test
  @Tag("LIFE")
  void aResumedDeviceIsWhereItWas() {
    placedActive();
    var before = record(onlyCertificate());
    suspend(Optional.empty());
    clock.advance(Duration.ofHours(1));

    var moved = moved(owners().resume(PUMP, clock.instant(), "found again", "test"));

    assertThat(moved.owner().state()).isEqualTo(OwnerState.ACTIVE);
    assertThat(record(onlyCertificate())).isEqualTo(before);
    assertThat(life().suspension()).isEmpty();
    assertThat(eventKinds()).endsWith("Suspended", "Revoked", "Resumed", "Released");
  }

  @Test
  void whatWasOnHoldBeforeASuspensionStaysSo() {
    placedActive();
    var certificate = onlyCertificate();
    certificates()
        .revoke(
            issuer,
            certificate.serial(),
            RevocationReason.CERTIFICATE_HOLD,
            Optional.empty(),
            clock.instant(),
            "test");
    clock.advance(Duration.ofHours(1));
    suspend(Optional.empty());

    var moved = moved(owners().resume(PUMP, clock.instant(), "found again", "test"));

    assertThat(moved.certificates()).isEmpty();
    assertThat(record(certificate).isHeld()).isTrue();
  }

  @Test
  void aSuspendedDevicesCertificatesAreNotReleasedOneByOne() {
    placedActive();
    suspend(Optional.empty());

    assertThat(certificates().release(issuer, onlyCertificate().serial(), "test"))
        .isInstanceOf(ReleaseOutcome.Refused.class);
  }

  @Test
  void aSuspensionEndsWhenItWasSaidTo() {
    placedActive();
    var end = clock.instant().plus(Duration.ofHours(2));
    suspend(Optional.of(end));

    assertThat(owners().suspensionsOver(end.minusMillis(1), 10)).isEmpty();
    assertThat(owners().suspensionsOver(end, 10))
        .extracting(OwnerRecord::owner)
        .containsExactly(PUMP);
    assertThat(life().suspension())
        .contains(new Suspension(clock.instant(), Optional.of(end), "seen twice", "test"));
  }

  @Test
  void aSuspensionThatBeganSinceIsNotEndedForAnother() {
    placedActive();
    var end = clock.instant().plus(Duration.ofHours(2));
    suspend(Optional.of(end));
    clock.advance(Duration.ofHours(2));
    // found to be over; and before it is resumed, somebody does both
    moved(owners().resume(PUMP, end, "found again", "test"));
    suspend(Optional.of(end.plusSeconds(60)));

    assertRefused(resumeIfOver(end), Code.SUSPENSION_GOES_ON);
    assertThat(state()).isEqualTo(OwnerState.SUSPENDED);
    moved(resumeIfOver(end.plusSeconds(60)));
    assertThat(state()).isEqualTo(OwnerState.ACTIVE);

    suspend(Optional.empty());
    assertRefused(resumeIfOver(end.plus(Duration.ofDays(9))), Code.SUSPENSION_GOES_ON);
  }

  private MoveOutcome resumeIfOver(Instant now) {
    return owners().resumeIfOver(PUMP, now, "its time was over", "test");
  }

  @Test
  void aRetirementEndsASuspension() {
    placedActive();
    var certificate = onlyCertificate();
    suspend(Optional.of(clock.instant().plus(Duration.ofHours(2))));

    retire();

    assertThat(record(certificate).isEnded()).isTrue();
    assertThat(life().suspension()).isEmpty();
    assertThat(owners().suspensionsOver(clock.instant().plus(Duration.ofDays(1)), 10)).isEmpty();
  }

  // Retirement, and what comes after it

  @Test
  @Tag("LIFE")
  void aRetirementIsFinishedInItsOwnEpochOnly() {
    placedActive();
    retire();

    assertRefused(finish(2), Code.OTHER_EPOCH);
    clock.advance(Duration.ofDays(1));
    moved(finish(1));

    assertThat(state()).isEqualTo(OwnerState.RETIRED);
    assertThat(life().present().finishedAt()).contains(clock.instant());
    assertThat(eventKinds()).endsWith("RetirementFinished");
  }

  @Test
  void aStationIsRetiredAtOnce() {
    var station = new Owner(OwnerKind.STATION, "line-1");
    register(station);

    var outcome =
        owners().retire(station, RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");

    assertThat(((RetireOutcome.Retired) outcome).owner().state()).isEqualTo(OwnerState.RETIRED);
  }

  @Test
  @Tag("LIFE")
  void aRepurposedDeviceNeedsANewKeyAndANewSecret() {
    var device = registered("pump");
    var old = withSecret(device, "s1", 9);
    var certificate = active(new Placed(device, old));
    retire();
    moved(finish(1));

    var moved = moved(owners().repurpose(PUMP, "device", clock.instant(), "sold on", "test"));

    assertThat(moved.owner().epoch()).isEqualTo(2);
    assertThat(moved.owner().state()).isEqualTo(OwnerState.REGISTERED);
    assertThat(moved.owner().retiredAt()).isEmpty();
    assertThat(register(PUMP)).isEqualTo(new RegisterOutcome.NameTaken(PUMP));
    var anew = inEpoch(2, "s2");
    assertRefused(anew, device, Reason.KEY_RETIRED);
    assertRefused(old, device, Reason.CREDENTIAL_NOT_ACCEPTED);
    assertRefused(withCertificate(device, certificate), device, Reason.CREDENTIAL_NOT_ACCEPTED);
    device.makeNewKey();
    assertRefused(old, device, Reason.CREDENTIAL_NOT_ACCEPTED);
    var next = issued(anew, device);
    assertThat(record(next).epoch()).isEqualTo(2);
    assertThat(record(certificate).epoch()).isEqualTo(1);
    assertThat(eventKinds()).contains("Repurposed");
  }

  @Test
  @Tag("LIFE")
  void itsEpochsAreRemembered() {
    var began = clock.instant();
    placedActive();
    clock.advance(Duration.ofDays(1));
    var retired = clock.instant();
    retire();
    clock.advance(Duration.ofDays(1));
    var finished = clock.instant();
    moved(finish(1));
    clock.advance(Duration.ofDays(1));
    moved(owners().repurpose(PUMP, "device", clock.instant(), "sold on", "test"));

    assertThat(life().epochs())
        .containsExactly(
            new Epoch(1, "device", began, Optional.of(retired), Optional.of(finished)),
            new Epoch(2, "device", clock.instant(), Optional.empty(), Optional.empty()));
  }

  @Test
  void aRepurposedDeviceIsRetiredLikeTheFirstTime() {
    placedActive();
    retire();
    moved(finish(1));
    moved(owners().repurpose(PUMP, "device", clock.instant(), "sold on", "test"));

    retire();

    assertThat(register(PUMP)).isEqualTo(new RegisterOutcome.NameRetired(PUMP));
    assertThat(moved(finish(2)).owner().epoch()).isEqualTo(2);
  }

  @Test
  @Tag("LIFE")
  void aCancelledRegistrationGivesUpItsSecretsAndItsNameAndFreesItsHardware() {
    var known = DeviceAttributes.NONE.withHardwareSerial("HW-1");
    register(PUMP, known);
    addSecret(secret(PUMP, "s1", 1));

    moved(owners().cancel(PUMP, clock.instant(), "a typo", "test"));

    assertThat(owners().secrets(PUMP)).allMatch(SecretRecord::burned);
    assertThat(register(PUMP)).isEqualTo(new RegisterOutcome.NameRetired(PUMP));
    assertThat(register(new Owner(OwnerKind.DEVICE, "pump-1"), known))
        .isInstanceOf(RegisterOutcome.Registered.class);
  }

  @Test
  void aDeviceWhoseCertificateIsBeingMadeIsNotCancelled() {
    var device = registered("pump");
    reserved(withSecret(device, "s1", 1), device);

    assertRefused(owners().cancel(PUMP, clock.instant(), "a typo", "test"), Code.HAS_CERTIFICATE);
  }

  @Test
  @Tag("LIFE")
  void aPurgeErasesWhatIsPersonalAndKeepsWhatProves() {
    var device = registered("pump");
    edit(
        Map.of(
            Attribute.MODEL, Optional.of("GW2"),
            Attribute.OWNER, Optional.of("Erika Mustermann"),
            Attribute.HARDWARE_SERIAL, Optional.of("HW-1")));
    var certificate = active(new Placed(device, withSecret(device, "s1", 1)));
    retire();
    moved(finish(1));
    clock.advance(Duration.ofDays(1000));

    var moved = moved(owners().purge(PUMP, RETENTION, clock.instant(), "test"));

    assertThat(moved.owner().attributes())
        .isEqualTo(DeviceAttributes.NONE.withModel("GW2").withHardwareSerial("HW-1"));
    assertThat(owners().find(PUMP)).contains(moved.owner());
    assertThat(rows().stream().filter(row -> row.kind().equals("AttributesChanged")))
        .extracting(AuditRow::payload)
        .containsExactly(Optional.empty());
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
    assertThat(register(PUMP)).isEqualTo(new RegisterOutcome.NameRetired(PUMP));
    assertThat(
            register(
                new Owner(OwnerKind.DEVICE, "heir"),
                DeviceAttributes.NONE.withHardwareSerial("hw-1")))
        .isEqualTo(new RegisterOutcome.HardwareSerialTaken(PUMP, true));
    registered("heir");
    var heir = FakeDevice.named("heir", device.key());
    assertRefused(withSecret(heir, "s2", 1), heir, Reason.KEY_RETIRED);
    assertThat(record(certificate).isEnded()).isTrue();
  }

  @Test
  @Tag("LIFE")
  void aDeviceIsKeptUntilItsTimeIsOverAndItsCertificatesExpired() {
    var placed = placedActive();
    var expiry = onlyCertificate().notAfter();
    retire();
    clock.advance(Duration.ofDays(10));
    moved(finish(1));
    var finished = clock.instant();

    clock.set(finished.plus(RETENTION).minusMillis(1));
    assertRefused(
        purge(), expiry.isAfter(clock.instant()) ? Code.UNEXPIRED_CERTIFICATE : Code.RETENTION);
    clock.set(expiry);
    assertRefused(purge(), Code.UNEXPIRED_CERTIFICATE);
    clock.set(expiry.plus(RETENTION));
    moved(purge());
    assertThat(placed.device().owner()).isEqualTo(PUMP);
  }

  // Attributes

  @Test
  void whatIsPersonalIsNotWrittenIntoTheAuditLog() {
    registered("pump");

    edit(
        Map.of(
            Attribute.MODEL, Optional.of("GW1"), Attribute.OWNER, Optional.of("Erika Mustermann")));
    edit(Map.of(Attribute.MODEL, Optional.of("GW2"), Attribute.OWNER, Optional.empty()));

    assertThat(audit().newest(Optional.of("device:pump"), 2))
        .extracting(row -> row.payload().orElse(""))
        .containsExactly(
            "{\"event\":\"AttributesChanged\",\"owner\":\"device:pump\","
                + "\"changes\":\"model: 'GW1' -> 'GW2'; owner\",\"by\":\"test\"}",
            "{\"event\":\"AttributesChanged\",\"owner\":\"device:pump\","
                + "\"changes\":\"model: nothing -> 'GW1'; owner\",\"by\":\"test\"}");
    assertThat(owners().find(PUMP).orElseThrow().attributes())
        .isEqualTo(DeviceAttributes.NONE.withModel("GW2"));
  }

  @Test
  void anEditThatChangesNothingIsNotWrittenDown() {
    register(PUMP, DeviceAttributes.NONE.withModel("GW2"));

    edit(Map.of(Attribute.MODEL, Optional.of("GW2")));

    assertThat(eventKinds()).containsExactly("OwnerRegistered");
  }

  @Test
  @Tag("LIFE")
  void oneHardwareHasOneDevice() {
    register(PUMP, DeviceAttributes.NONE.withHardwareSerial("HW-1"));
    var other = new Owner(OwnerKind.DEVICE, "other");

    assertThat(register(other, DeviceAttributes.NONE.withHardwareSerial("hw-1")))
        .isEqualTo(new RegisterOutcome.HardwareSerialTaken(PUMP, false));
    assertThat(owners().find(other)).isEmpty();

    register(other);
    assertRefused(
        owners()
            .edit(
                other,
                new AttributeEdit(Map.of(Attribute.HARDWARE_SERIAL, Optional.of("HW-1"))),
                clock.instant(),
                "test"),
        Code.HARDWARE_SERIAL_TAKEN);

    // a correction frees what was wrong
    edit(Map.of(Attribute.HARDWARE_SERIAL, Optional.of("HW-2")));
    assertThat(
            register(
                new Owner(OwnerKind.DEVICE, "third"),
                DeviceAttributes.NONE.withHardwareSerial("HW-1")))
        .isInstanceOf(RegisterOutcome.Registered.class);
  }

  @Test
  @Tag("LIFE")
  void theHardwareOfARetiredDeviceIsNotRegisteredAgainUntilItIsRepurposed() {
    register(PUMP, DeviceAttributes.NONE.withHardwareSerial("HW-1"));
    retire();

    assertThat(
            register(
                new Owner(OwnerKind.DEVICE, "heir"),
                DeviceAttributes.NONE.withHardwareSerial("HW-1")))
        .isEqualTo(new RegisterOutcome.HardwareSerialTaken(PUMP, true));
    assertRefused(
        owners()
            .edit(
                PUMP,
                new AttributeEdit(Map.of(Attribute.HARDWARE_SERIAL, Optional.empty())),
                clock.instant(),
                "test"),
        Code.ATTRIBUTES_FIXED);

    moved(finish(1));
    moved(owners().repurpose(PUMP, "device", clock.instant(), "sold on", "test"));
    assertThat(
            register(
                new Owner(OwnerKind.DEVICE, "heir"),
                DeviceAttributes.NONE.withHardwareSerial("HW-1")))
        .isEqualTo(new RegisterOutcome.HardwareSerialTaken(PUMP, false));
  }

  @Test
  void nobodyIsMovedWhoIsNotThere() {
    var nobody = new MoveOutcome.NotFound();
    var now = clock.instant();

    assertThat(owners().suspend(PUMP, suspension(Optional.empty()))).isEqualTo(nobody);
    assertThat(owners().resume(PUMP, now, "why", "test")).isEqualTo(nobody);
    assertThat(finish(1)).isEqualTo(nobody);
    assertThat(owners().cancel(PUMP, now, "why", "test")).isEqualTo(nobody);
    assertThat(owners().repurpose(PUMP, "device", now, "why", "test")).isEqualTo(nobody);
    assertThat(purge()).isEqualTo(nobody);
    assertThat(owners().life(PUMP)).isEmpty();
    assertThat(eventKinds()).isEmpty();
  }

  // Steps

  private Placed placedActive() {
    var device = registered("pump");
    var placed = new Placed(device, withSecret(device, "s1", 9));
    active(placed);
    return placed;
  }

  private RegisterOutcome register(Owner owner, DeviceAttributes known) {
    return owners()
        .register(
            owner,
            "device",
            known,
            clock.instant(),
            new AuditEvent.OwnerRegistered(owner, "device", "test"));
  }

  private Requester inEpoch(int epoch, String id) {
    var plain = secret(PUMP, id, 9);
    assertThat(
            addSecret(new SecretRecord(id, PUMP, epoch, plain.hmac(), 9, plain.expiresAt(), false)))
        .isTrue();
    return new Requester.BySecret(PUMP, epoch, id);
  }

  private Suspension suspension(Optional<Instant> until) {
    return new Suspension(clock.instant(), until, "seen twice", "test");
  }

  private MoveOutcome.Moved suspend(Optional<Instant> until) {
    return moved(owners().suspend(PUMP, suspension(until)));
  }

  private void retire() {
    assertThat(
            owners().retire(PUMP, RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test"))
        .isInstanceOf(RetireOutcome.Retired.class);
  }

  private MoveOutcome finish(int epoch) {
    return owners()
        .finishRetirement(
            PUMP,
            epoch,
            clock.instant(),
            new AuditEvent.RetirementFinished(PUMP, epoch, "shredded", "test"));
  }

  private MoveOutcome purge() {
    return owners().purge(PUMP, RETENTION, clock.instant(), "test");
  }

  private void edit(Map<Attribute, Optional<String>> changes) {
    moved(owners().edit(PUMP, new AttributeEdit(changes), clock.instant(), "test"));
  }

  private OwnerState state() {
    return owners().find(PUMP).orElseThrow().state();
  }

  private OwnerLife life() {
    return owners().life(PUMP).orElseThrow();
  }

  private Certificate onlyCertificate() {
    return certificates().list(CertificateQuery.ofOwner(PUMP)).stream()
        .flatMap(record -> record.certificate().stream())
        .findFirst()
        .orElseThrow();
  }

  private static boolean isMoved(MoveOutcome outcome) {
    return outcome instanceof MoveOutcome.Moved;
  }

  private static MoveOutcome.Moved moved(MoveOutcome outcome) {
    assertThat(outcome).isInstanceOf(MoveOutcome.Moved.class);
    return (MoveOutcome.Moved) outcome;
  }

  private static void assertRefused(MoveOutcome outcome, Code code) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            MoveOutcome.Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }

  private void assertRefused(Requester requester, FakeDevice device, Reason reason) {
    assertThat(reserve(reservation(requester, device)))
        .isInstanceOfSatisfying(
            ReserveOutcome.Refused.class,
            refused -> assertThat(refused.refusal().reason()).isEqualTo(reason));
  }
}
