package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.OwnerQuery;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.ReceiveOutcome;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What every owner store promises.
public abstract class OwnerStoreContract extends StoreContract {

  private static final Owner PUMP = new Owner(OwnerKind.DEVICE, "pump");

  @Test
  void aNewOwnerIsRegisteredInItsFirstEpoch() {
    var expected =
        new OwnerRecord(
            PUMP,
            1,
            OwnerState.REGISTERED,
            "device",
            DeviceAttributes.NONE,
            clock.instant(),
            Optional.empty());

    assertThat(register(PUMP)).isEqualTo(new RegisterOutcome.Registered(expected));
    assertThat(owners().find(PUMP)).contains(expected);
    assertThat(eventKinds()).containsExactly("OwnerRegistered");
  }

  @Test
  void remembersWhatIsKnownOfADevice() {
    var known =
        new DeviceAttributes(
            Optional.of("GW2"),
            Optional.of("Graz"),
            Optional.of("pumps"),
            Optional.of("L42"),
            Optional.of("Wasserwerk \u00dcbelbach"),
            Optional.of("HW-0017"));

    owners()
        .register(
            PUMP,
            "device",
            known,
            clock.instant(),
            new AuditEvent.OwnerRegistered(PUMP, "device", "test"));

    assertThat(owners().find(PUMP).orElseThrow().attributes()).isEqualTo(known);
  }

  @Test
  void aDeviceThatIsReceivedNeverUsesItsOldKeysHere() {
    var pump = FakeDevice.named("pump");
    var known = DeviceAttributes.NONE.withHardwareSerial("HW-0017");
    var requester = new Requester.BySecret(pump.owner(), 1, "s");

    var received = receive(pump.owner(), known, key(pump));
    assertThat(received).isInstanceOf(ReceiveOutcome.Received.class);
    assertThat(owners().find(PUMP).orElseThrow().attributes()).isEqualTo(known);
    assertThat(addSecret(secret(PUMP, "s", 5))).isTrue();

    assertThat(reserve(reservation(requester, pump)))
        .isInstanceOfSatisfying(
            ReserveOutcome.Refused.class,
            refused ->
                assertThat(refused.refusal().reason()).isEqualTo(Refusal.Reason.KEY_RETIRED));
    var old = key(pump);
    pump.makeNewKey();
    assertThat(reserve(reservation(requester, pump))).isInstanceOf(ReserveOutcome.Reserved.class);
    assertThat(receive(PUMP, known, old))
        .isInstanceOfAny(ReceiveOutcome.KeyTaken.class, ReceiveOutcome.NotRegistered.class);
    assertThat(eventKinds()).containsSequence("DeviceReceived", "SecretIssued");
  }

  @Test
  void aDeviceIsNotReceivedWhoseNameOrKeyIsSomebodysHere() {
    var pump = registered("pump");
    var valve = FakeDevice.named("valve");
    issued(withSecret(pump, "s", 1), pump);

    assertThat(receive(new Owner(OwnerKind.DEVICE, "Pump"), DeviceAttributes.NONE, key(valve)))
        .isEqualTo(new ReceiveOutcome.NotRegistered(new RegisterOutcome.NameTaken(PUMP)));
    assertThat(receive(valve.owner(), DeviceAttributes.NONE, key(pump)))
        .isEqualTo(new ReceiveOutcome.KeyTaken(key(pump), PUMP));
    assertThat(owners().find(valve.owner())).isEmpty();
    assertThat(register(valve.owner())).isInstanceOf(RegisterOutcome.Registered.class);
  }

  private static KeyFingerprint key(FakeDevice device) {
    return device.key().publicKey().fingerprint();
  }

  private ReceiveOutcome receive(Owner owner, DeviceAttributes known, KeyFingerprint key) {
    return owners()
        .receive(
            owner,
            "device",
            known,
            Set.of(key),
            clock.instant(),
            new AuditEvent.DeviceReceived(owner, "device", "Other", "00", 1, "test"));
  }

  @Test
  void aNameIsGivenOnceAlsoWhenItsCaseDiffers() {
    register(PUMP);

    assertThat(register(PUMP)).isEqualTo(new RegisterOutcome.NameTaken(PUMP));
    assertThat(register(new Owner(OwnerKind.DEVICE, "PUMP")))
        .isEqualTo(new RegisterOutcome.NameTaken(PUMP));
    assertThat(owners().find(new Owner(OwnerKind.DEVICE, "PUMP"))).isEmpty();
    assertThat(eventKinds()).containsExactly("OwnerRegistered");
  }

  @Test
  void ownersOfAnotherKindHaveNamesOfTheirOwn() {
    register(PUMP);

    assertThat(register(new Owner(OwnerKind.STATION, "pump")))
        .isInstanceOf(RegisterOutcome.Registered.class);
  }

  @Test
  void aRetiredNameIsNeverGivenAgain() {
    register(PUMP);
    retire(PUMP);

    assertThat(register(PUMP)).isEqualTo(new RegisterOutcome.NameRetired(PUMP));
    assertThat(register(new Owner(OwnerKind.DEVICE, "Pump")))
        .isEqualTo(new RegisterOutcome.NameRetired(PUMP));
  }

  @Test
  void ofManyRegistrationsOfOneNameOneSucceeds() throws Exception {
    var tasks =
        IntStream.range(0, 16).<Callable<RegisterOutcome>>mapToObj(_ -> () -> register(PUMP));
    var outcomes = new ArrayList<RegisterOutcome>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var outcome : threads.invokeAll(tasks.toList())) {
        outcomes.add(outcome.get());
      }
    }

    assertThat(outcomes).filteredOn(RegisterOutcome.Registered.class::isInstance).hasSize(1);
    assertThat(outcomes).filteredOn(new RegisterOutcome.NameTaken(PUMP)::equals).hasSize(15);
    assertThat(eventKinds()).containsExactly("OwnerRegistered");
  }

  @Test
  void secretsAreRemembered() {
    register(PUMP);
    var first = secret(PUMP, "s1", 1);
    var second = secret(PUMP, "s2", 5);

    assertThat(addSecret(first)).isTrue();
    assertThat(addSecret(second)).isTrue();

    assertThat(owners().secrets(PUMP)).containsExactlyInAnyOrder(first, second);
    assertThat(owners().secrets(new Owner(OwnerKind.DEVICE, "other"))).isEmpty();
    assertThat(eventKinds()).containsExactly("OwnerRegistered", "SecretIssued", "SecretIssued");
  }

  @Test
  @Tag("S6")
  void whatDigestNeedsOfASecretIsRememberedAndOutlivesItsUses() {
    register(PUMP);
    var plain = secret(PUMP, "s1", 1);
    var sealed = withDigest("s2", Der.of(new byte[] {1}));

    assertThat(addSecret(sealed)).isTrue();
    assertThat(addSecret(plain)).isTrue();
    retire(PUMP);

    assertThat(owners().secrets(PUMP))
        .extracting(SecretRecord::digest)
        .containsExactlyInAnyOrder(Optional.empty(), sealed.digest());
  }

  @Test
  @Tag("S5")
  void aSecretIsFoundByItsHmacAlone() {
    register(PUMP);
    var secret = withDigest("s1", Der.of(new byte[] {2}));
    addSecret(secret);

    assertThat(owners().secret(secret.hmac())).contains(secret);
    assertThat(owners().secret(Der.of(new byte[] {3}))).isEmpty();

    // which is never so but by a broken generator
    addSecret(withDigest("s2", Der.of(new byte[] {2})));
    assertThat(owners().secret(secret.hmac())).isEmpty();
  }

  private SecretRecord withDigest(String id, Der hmac) {
    var plain = secret(PUMP, id, 1);
    return new SecretRecord(
        id, PUMP, 1, hmac, 1, plain.expiresAt(), false, Optional.of(Der.of(new byte[] {4, 5, 6})));
  }

  @Test
  void secretsAreForOwnersOfThePresentEpochOnly() {
    var early = secret(PUMP, "s1", 1);
    assertThat(addSecret(early)).isFalse();
    register(PUMP);
    assertThat(
            addSecret(new SecretRecord("s2", PUMP, 2, early.hmac(), 1, early.expiresAt(), false)))
        .isFalse();
    retire(PUMP);
    assertThat(addSecret(early)).isFalse();

    assertThat(owners().secrets(PUMP)).isEmpty();
    assertThat(eventKinds()).containsExactly("OwnerRegistered", "Retired");
  }

  @Test
  void aSecretIdIsUsedOnce() {
    register(PUMP);
    var secret = secret(PUMP, "s1", 1);
    addSecret(secret);

    assertThatThrownBy(() -> addSecret(secret)).isInstanceOf(StoreException.class);
    assertThat(eventKinds()).containsExactly("OwnerRegistered", "SecretIssued");
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void aRetirementTakesEverythingBackAtOnce() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 9);
    var confirmed = issued(secret, pump);
    confirm(confirmed, Supersede.AT_EXPIRY);
    pump.makeNewKey();
    var older = issued(secret, pump);
    confirm(older, Supersede.AT_EXPIRY);
    pump.makeNewKey();
    var pending = reserved(secret, pump);
    clock.advance(Duration.ofDays(1));

    var outcome = (RetireOutcome.Retired) retire(PUMP);

    var why =
        new RevocationRecord(
            clock.instant(), RevocationReason.CESSATION_OF_OPERATION, Optional.empty());
    assertThat(outcome.owner().state()).isEqualTo(OwnerState.RETIRING);
    assertThat(outcome.owner().retiredAt()).contains(clock.instant());
    assertThat(outcome.revoked())
        .containsExactlyInAnyOrder(record(confirmed), record(older))
        .allSatisfy(record -> assertThat(record.revocation()).contains(why));
    assertThat(outcome.abandoned()).isEqualTo(1);
    assertThat(outcome.burned()).isEqualTo(1);
    assertThat(owners().find(PUMP)).contains(outcome.owner());
    assertThat(owners().secrets(PUMP)).allSatisfy(s -> assertThat(s.burned()).isTrue());
    assertThat(record(pending).state()).isEqualTo(CertificateState.ABANDONED);
    assertThat(record(pending).revocation()).contains(why);
    assertThat(eventKinds()).endsWith("Retired", "Revoked", "Revoked", "Abandoned");
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void aRetirementSaysInTheAuditLogWhatItTookBack() {
    var pump = registered("pump");
    issued(withSecret(pump, "s1", 1), pump);
    retire(PUMP);

    assertThat(audit().newest(Optional.of("device:pump"), 2))
        .extracting(AuditRow::payload)
        .element(1)
        .isEqualTo(
            Optional.of(
                "{\"event\":\"Retired\",\"owner\":\"device:pump\",\"epoch\":1,"
                    + "\"reason\":\"cessationOfOperation\",\"certificates\":1,"
                    + "\"reservations\":0,\"secrets\":1,\"by\":\"test\"}"));
  }

  @Test
  void aRetirementLeavesAloneWhatHadEnded() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 9);
    var superseded = issued(secret, pump);
    pump.makeNewKey();
    var expired = issued(secret, pump);
    clock.set(expired.notAfter().plusSeconds(1));
    var before = record(superseded);

    var outcome = (RetireOutcome.Retired) retire(PUMP);

    assertThat(outcome.revoked()).isEmpty();
    assertThat(record(superseded)).isEqualTo(before);
    assertThat(record(expired))
        .extracting(CertificateRecord::revocation)
        .isEqualTo(Optional.empty());
  }

  @Test
  void aRetirementTouchesNobodyElse() {
    var pump = registered("pump");
    issued(withSecret(pump, "s1", 1), pump);
    var other = registered("other");
    var certificate = issued(withSecret(other, "s2", 1), other);

    retire(PUMP);

    assertThat(record(certificate).isLiveAt(clock.instant())).isTrue();
    assertThat(owners().secrets(other.owner())).noneMatch(SecretRecord::burned);
    assertThat(owners().find(other.owner()).orElseThrow().state()).isEqualTo(OwnerState.ENROLLED);
  }

  @Test
  void retiringTwiceIsRetiring() {
    register(PUMP);
    var retired = ((RetireOutcome.Retired) retire(PUMP)).owner();
    clock.advance(Duration.ofDays(1));

    assertThat(retire(PUMP)).isEqualTo(new RetireOutcome.AlreadyRetired(retired));
    assertThat(retire(new Owner(OwnerKind.DEVICE, "other")))
        .isEqualTo(new RetireOutcome.NotFound());
    assertThat(eventKinds()).containsExactly("OwnerRegistered", "Retired");
  }

  @Test
  void ownersAreListedInByteOrderPageByPage() {
    // upper case before underscore before lower case: bytes, not what a language finds natural
    var names = List.of("Pump-2", "Zulu", "a.b", "a_c", "pump-1", "pump-10", "pump-3");
    for (var name : names.reversed()) {
      register(new Owner(OwnerKind.DEVICE, name));
    }
    register(new Owner(OwnerKind.ADMIN, "alice"));

    var listed = new ArrayList<String>();
    Optional<String> after = Optional.empty();
    List<OwnerRecord> page;
    do {
      page = owners().list(new OwnerQuery(OwnerKind.DEVICE, Optional.empty(), after, 3));
      page.forEach(record -> listed.add(record.owner().id()));
      after = page.isEmpty() ? after : Optional.of(page.getLast().owner().id());
    } while (!page.isEmpty());

    assertThat(listed).isEqualTo(names);
  }

  @Test
  void ownersAreListedByState() {
    register(PUMP);
    register(new Owner(OwnerKind.DEVICE, "other"));
    retire(PUMP);

    assertThat(
            owners()
                .list(
                    new OwnerQuery(
                        OwnerKind.DEVICE, Optional.of(OwnerState.RETIRING), Optional.empty(), 10)))
        .extracting(OwnerRecord::owner)
        .containsExactly(PUMP);
  }

  private RetireOutcome retire(Owner owner) {
    return owners().retire(owner, RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");
  }
}
