package dev.nameplate.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.signing.Jws;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.StoreContract;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.testing.TestSigner;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Devices that change hands between two servers, each with a store of its own; this class's is the
/// new owner's.
class TransferDeskTest extends StoreContract {

  private static final List<String> PUMP = List.of("pump");

  private final InMemoryStore old = new InMemoryStore(clock);
  private final TestSigner signer = receiptSigner("Old Root");
  private final String trust = Pem.encode(signer.root());
  private final FakeDevice pump = FakeDevice.named("pump");

  @Override
  protected Stores open(InstantSource source) {
    return Stores.of(new InMemoryStore(source));
  }

  @Test
  void aDeviceIsTakenOverWithWhatItIsAndWithoutItsKeys() throws Exception {
    registerAtTheOldOwners();
    retire(RevocationReason.AFFILIATION_CHANGED);

    var packed = theirs().pack(new TransferApi.Transfer(PUMP, "Graz"), "admin:a");

    var content =
        AdminApi.json().readValue(Jws.parse(packed.jws()).payload(), TransferApi.Handover.class);
    assertThat(content.to()).isEqualTo("Graz");
    assertThat(content.devices())
        .singleElement()
        .satisfies(device -> {
          assertThat(device.hardwareSerial()).isEqualTo("HW-7");
          assertThat(device.epoch()).isEqualTo(1);
          assertThat(device.audit().rows()).isEqualTo(2);
          assertThat(device.audit().to().hash()).hasSize(64);
        });
    assertThat(old.newest(Optional.of("device:pump"), 1).getFirst())
        .satisfies(row -> {
          assertThat(row.kind()).isEqualTo("DeviceTransferred");
          assertThat(row.payload().orElseThrow()).contains(packed.sha256(), "Graz");
        });

    assertThat(outcomes(packed.jws())).containsExactly("created");
    assertThat(outcomes(packed.jws())).containsExactly("unchanged");
    var here = owners().find(pump.owner()).orElseThrow();
    assertThat(here.attributes())
        .isEqualTo(DeviceAttributes.NONE.withModel("GW2").withHardwareSerial("HW-7"));
    assertThat(eventKinds()).containsExactly("DeviceReceived");
  }

  @Test
  void theKeysOfAPackageAreNeverCertifiedByTheNewOwner() {
    var key = pump.key().publicKey().fingerprint().hex();
    assertThat(outcomes(sign(signer.key(), device("pump", List.of(key)))))
        .containsExactly("created");
    var requester = new Requester.BySecret(pump.owner(), 1, "s");
    assertThat(addSecret(secret(pump.owner(), "s", 5))).isTrue();

    assertThat(reserve(reservation(requester, pump)))
        .isInstanceOfSatisfying(
            ReserveOutcome.Refused.class,
            refused ->
                assertThat(refused.refusal().reason()).isEqualTo(Refusal.Reason.KEY_RETIRED));
    pump.makeNewKey();
    assertThat(reserve(reservation(requester, pump))).isInstanceOf(ReserveOutcome.Reserved.class);
    assertThat(outcomes(sign(signer.key(), device("valve", List.of(key)))))
        .containsExactly("conflict");
  }

  @Test
  void onlyWhatWasRetiredForItIsHandedOver() {
    registerAtTheOldOwners();
    var wanted = new TransferApi.Transfer(PUMP, "Graz");

    assertThatThrownBy(() -> theirs().pack(wanted, "admin:a"))
        .hasMessageContaining("device:pump is registered; retire it first");
    retire(RevocationReason.KEY_COMPROMISE);
    assertThatThrownBy(() -> theirs().pack(wanted, "admin:a"))
        .hasMessageContaining("was retired for another reason (keyCompromise)");
    assertThatThrownBy(
            () -> theirs().pack(new TransferApi.Transfer(List.of("valve"), "Graz"), "admin:a"))
        .hasMessageContaining("there is no device valve");
    assertThatThrownBy(() -> theirs().pack(new TransferApi.Transfer(PUMP, "a\u001b"), "admin:a"))
        .hasMessageContaining("to: ");
  }

  @Test
  void aPackageIsTakenOnlyFromWhomTheOperatorTrusts() {
    var jws = sign(signer.key(), device("pump", List.of()));
    var others = receiptSigner("Other Root");
    var auditSigner = TestSigner.below(signer.authority(), "old-1", clock.instant());
    var noSigner =
        TestSigner.of(signer.authority(), "web", TestAuthority.Use.DEVICE, clock.instant());

    assertThatThrownBy(() -> ours().receive(receive(jws, Pem.encode(others.root())), "admin:b"))
        .hasMessageContaining("who signed it is not trusted");
    assertThatThrownBy(() ->
            ours()
                .receive(
                    receive(sign(noSigner.key(), device("pump", List.of())), trust), "admin:b"))
        .hasMessageContaining("who signed it is not trusted");
    assertThatThrownBy(() ->
            ours()
                .receive(
                    receive(sign(auditSigner.key(), device("pump", List.of())), trust), "admin:b"))
        .hasMessageContaining("is no receipt signer");
    var middle = jws.indexOf('.') + 20;
    var changed =
        jws.substring(0, middle)
            + (jws.charAt(middle) == 'A' ? 'B' : 'A')
            + jws.substring(middle + 1);
    assertThatThrownBy(() -> ours().receive(receive(changed, trust), "admin:b"))
        .hasMessageContaining("the signature does not fit");
    assertThatThrownBy(() ->
            ours()
                .receive(
                    receive(
                        Jws.sign(signer.key(), "nameplate-receipt+json", "{}").compact(), trust),
                    "admin:b"))
        .hasMessageContaining("it is a nameplate-receipt+json");
    assertThat(owners().find(pump.owner())).isEmpty();
  }

  @Test
  void aPackageFromTheFutureOrFromBeforeItsSignerIsNotTaken() {
    var jws = sign(signer.key(), device("pump", List.of()));

    clock.advance(Duration.ofDays(-1));
    assertThatThrownBy(() -> ours().receive(receive(jws, trust), "admin:b"))
        .hasMessageContaining("jws: made at ");
    var early = sign(signer.key(), device("pump", List.of()));
    assertThatThrownBy(() -> ours().receive(receive(early, trust), "admin:b"))
        .hasMessageContaining("is not valid before");
  }

  @Test
  void aDeviceIsHandedOverHoweverMuchWasWrittenOfItSinceItWasRetired() {
    registerAtTheOldOwners();
    retire(RevocationReason.AFFILIATION_CHANGED);
    for (int i = 0; i < 1001; i++) {
      old.append(new AuditEvent.DeviceTransferred(pump.owner(), 1, "Linz", "00", "admin:a"));
    }

    assertThat(theirs().pack(new TransferApi.Transfer(PUMP, "Graz"), "admin:a").devices())
        .isEqualTo(1);
  }

  @Test
  void aKeyThatIsNothingIsNoKey() {
    var jws = sign(signer.key(), device("pump", Collections.singletonList(null)));

    assertThatThrownBy(() -> ours().receive(receive(jws, trust), "admin:b"))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("no whole package");
  }

  private TestSigner receiptSigner(String root) {
    var authority = TestAuthority.root(root, KeyType.EC_P256, clock.instant());
    return TestSigner.of(authority, SignerPurpose.RECEIPT, "old-1", clock.instant());
  }

  private void registerAtTheOldOwners() {
    old.register(
        pump.owner(),
        "device",
        DeviceAttributes.NONE
            .withModel("GW2")
            .withSite("Linz")
            .withOwner("Wasserwerk")
            .withHardwareSerial("HW-7"),
        clock.instant(),
        new AuditEvent.OwnerRegistered(pump.owner(), "device", "admin:a"));
  }

  private void retire(RevocationReason reason) {
    old.retire(pump.owner(), reason, clock.instant(), "admin:a");
  }

  private TransferDesk theirs() {
    return new TransferDesk(
        old, old, old, List.of(TestProfiles.DEVICE), signer::key, "old-1", clock);
  }

  private TransferDesk ours() {
    return new TransferDesk(
        owners(),
        certificates(),
        audit(),
        List.of(TestProfiles.DEVICE),
        signer::key,
        "new-1",
        clock);
  }

  private List<String> outcomes(String jws) {
    return ours().receive(receive(jws, trust), "admin:b").items().stream()
        .map(InventoryApi.Result::outcome)
        .toList();
  }

  private static TransferApi.Receive receive(String jws, String trust) {
    return new TransferApi.Receive(jws, trust, null);
  }

  private String sign(CertifiedKey by, TransferApi.Device device) {
    var content =
        new TransferApi.Handover(1, "old-1", "Graz", clock.instant(), "admin:a", List.of(device));
    try {
      return Jws.sign(by, TransferApi.TYPE, AdminApi.json().writeValueAsString(content)).compact();
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private TransferApi.Device device(String id, List<String> keys) {
    var point = new TransferApi.AuditPoint("c", 1, clock.instant(), "00");
    return new TransferApi.Device(
        id,
        null,
        null,
        null,
        null,
        null,
        null,
        1,
        "retired",
        clock.instant(),
        clock.instant(),
        keys,
        List.of(),
        List.of(),
        new TransferApi.Audit(1, point, point));
  }
}
