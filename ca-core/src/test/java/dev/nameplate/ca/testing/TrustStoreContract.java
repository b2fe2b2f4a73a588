package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.SerialPattern;
import dev.nameplate.ca.store.TrustAnchor;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What every store promises about those who vouch for others: trust anchors, the claims on
/// IDevIDs, and stations.
public abstract class TrustStoreContract extends StoreContract {

  private static final Owner LINE = new Owner(OwnerKind.STATION, "line-1");

  private final TestAuthority maker =
      TestAuthority.root("Maker CA", KeyType.EC_P256, clock.instant().minusSeconds(60));

  // Anchors

  @Test
  @Tag("S3")
  void anAnchorIsOneLabelsUntilItIsRemoved() {
    var anchor = anchor("device", Optional.of(new SerialPattern("AC7-*")));

    assertThat(add(anchor)).isTrue();
    assertThat(add(anchor)).isFalse();
    assertThat(add(anchor("sensor", Optional.empty()))).isTrue();

    assertThat(anchors().anchors(Optional.of("device"))).containsExactly(anchor);
    assertThat(anchors().anchors(Optional.empty())).hasSize(2);
    assertThat(remove("device")).isTrue();
    assertThat(remove("device")).isFalse();
    assertThat(anchors().anchors(Optional.of("device"))).isEmpty();
    assertThat(anchors().anchors(Optional.of("sensor"))).hasSize(1);
    assertThat(eventKinds()).containsExactly("AnchorAdded", "AnchorAdded", "AnchorRemoved");
  }

  // IDevIDs

  @Test
  @Tag("I2")
  void anIdevidLetsItsDeviceInAndIsItsOwnFromThen() {
    add(anchor("device", Optional.empty()));
    var pump = registered("pump");
    var idevid = idevid("pump");

    var certificate = vouched(pump, byIdevid(pump, idevid));

    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());
    assertThat(record(certificate).credential()).isEqualTo("idevid:" + idevid.sha256());
  }

  @Test
  @Tag("S12")
  void aSecondIdevidWithTheSameSerialNumberIsRefused() {
    add(anchor("device", Optional.empty()));
    var pump = registered("pump");
    vouched(pump, byIdevid(pump, idevid("pump")));

    pump.makeNewKey();

    assertRefused(pump, byIdevid(pump, idevid("pump")), Reason.IDEVID_OF_ANOTHER);
  }

  @Test
  @Tag("S12")
  void anIdevidServesOneDevice() {
    add(anchor("device", Optional.empty()));
    var pump = registered("pump");
    var valve = registered("valve");
    var idevid = idevid("pump");
    vouched(pump, byIdevid(pump, idevid));

    assertRefused(valve, byIdevid(valve, idevid), Reason.IDEVID_OF_ANOTHER);
  }

  @Test
  @Tag("S12")
  void theIdevidOfARetiredDeviceIsRefusedForEver() {
    add(anchor("device", Optional.empty()));
    var pump = registered("pump");
    var valve = registered("valve");
    var idevid = idevid("pump");
    vouched(pump, byIdevid(pump, idevid));
    owners().retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "t");

    assertRefused(pump, byIdevid(pump, idevid), Reason.OWNER_RETIRED);
    assertRefused(valve, byIdevid(valve, idevid), Reason.IDEVID_RETIRED);
  }

  @Test
  @Tag("I4")
  void theKeyOfAnIdevidIsNeverCertified() {
    add(anchor("device", Optional.empty()));
    var pump = registered("pump");
    var valve = registered("valve");
    var idevid = idevid("pump", pump.key());

    assertRefused(pump, byIdevid(pump, idevid), Reason.KEY_BELONGS_TO_ANOTHER);
    // nor by another way, once it is known
    var key = pump.key();
    pump.makeNewKey();
    vouched(pump, byIdevid(pump, idevid));
    var thief = FakeDevice.named("valve", key);
    assertRefused(thief, withSecret(valve, "s1", 1), Reason.KEY_BELONGS_TO_ANOTHER);
  }

  @Test
  @Tag("S3")
  void afterItsRemovalAnAnchorVouchesForNobody() {
    add(anchor("device", Optional.empty()));
    var pump = registered("pump");
    var asking = byIdevid(pump, idevid("pump"));
    remove("device");

    assertRefused(pump, asking, Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  void theSameRequestByIdevidGetsTheSameBytes() {
    add(anchor("device", Optional.empty()));
    var pump = registered("pump");
    var asking = byIdevid(pump, idevid("pump"));
    var certificate = vouched(pump, asking);
    complete(certificate);

    assertThat(reserve(vouching(pump, asking))).isEqualTo(new ReserveOutcome.Answered(certificate));
  }

  // Stations

  @Test
  @Tag("S11")
  void aStationEnrollsForTheLabelsThatItIsAssignedTo() {
    var pump = registered("pump");
    var station = station();
    var asking = new Requester.ByStation(pump.owner(), 1, LINE, station);

    assertRefused(pump, asking, Reason.PROFILE_NOT_ALLOWED);
    assign(Set.of("device", "sensor"));
    assertThat(stations().assignment(LINE)).containsExactlyInAnyOrder("device", "sensor");
    var certificate = vouched(pump, asking);

    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());
    assertThat(record(certificate).owner()).isEqualTo(pump.owner());
    assertThat(record(certificate).shown()).contains(station.sha256());
    assign(Set.of("sensor"));
    assertThat(stations().assignment(LINE)).containsExactly("sensor");
    pump.makeNewKey();
    assertRefused(pump, asking, Reason.PROFILE_NOT_ALLOWED);
  }

  @Test
  void onlyAStationThatIsThereIsAssigned() {
    var pump = registered("pump");
    var why = new AuditEvent.StationAssigned(pump.owner(), "device", "test");

    assertThat(stations().assign(pump.owner(), Set.of("device"), why)).isFalse();
    assertThat(stations().assign(LINE, Set.of("device"), why)).isFalse();
    assertThat(stations().assignment(LINE)).isEmpty();
  }

  @Test
  @Tag("S11")
  void aStationThatWasRetiredAsksForNobody() {
    var pump = registered("pump");
    var asking = new Requester.ByStation(pump.owner(), 1, LINE, station());
    assign(Set.of("device"));
    owners().retire(LINE, RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");

    assertRefused(pump, asking, Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  @Tag("S11")
  void whatAStationAskedForIsNotIssuedOnceTheStationIsRetired() {
    var pump = registered("pump");
    var asking = new Requester.ByStation(pump.owner(), 1, LINE, station());
    assign(Set.of("device"));
    var certificate = vouched(pump, asking);

    owners().retire(LINE, RevocationReason.KEY_COMPROMISE, clock.instant(), "test");

    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Unwanted());
    assertThat(record(certificate).state()).isEqualTo(CertificateState.ABANDONED);
  }

  // Renewal after the end

  @Test
  @Tag("S10")
  void anExpiredCertificateRenewsWithinTheGraceAndNoLonger() {
    var pump = registered("pump");
    var old = issued(withSecret(pump, "s1", 1), pump);
    clock.advance(Duration.between(clock.instant(), old.notAfter().plus(Duration.ofDays(2))));
    pump.makeNewKey();

    assertThat(reserve(renewal(pump, old, Duration.ZERO)))
        .isInstanceOf(ReserveOutcome.Refused.class);
    assertThat(reserve(renewal(pump, old, Duration.ofDays(1))))
        .isInstanceOf(ReserveOutcome.Refused.class);
    assertThat(reserve(renewal(pump, old, Duration.ofDays(3))))
        .isEqualTo(new ReserveOutcome.Reserved());
  }

  @Test
  @Tag("S12")
  void noGraceHelpsARevokedCertificate() {
    var pump = registered("pump");
    var old = issued(withSecret(pump, "s1", 1), pump);
    certificates()
        .revoke(
            issuer,
            old.serial(),
            RevocationReason.UNSPECIFIED,
            Optional.empty(),
            clock.instant(),
            "test");
    clock.advance(Duration.between(clock.instant(), old.notAfter().plus(Duration.ofDays(2))));
    pump.makeNewKey();

    assertThat(reserve(renewal(pump, old, Duration.ofDays(3))))
        .isInstanceOf(ReserveOutcome.Refused.class);
  }

  private Reservation renewal(FakeDevice device, Certificate old, Duration grace) {
    return vouching(device, new Requester.ByCertificate(device.owner(), 1, old, grace));
  }

  /// What the rules would reserve; whether they do is asked here.
  private Reservation vouching(FakeDevice device, Requester requester) {
    var filled = reservation(ourselves(device), device);
    return new Reservation(
        requester,
        filled.label(),
        filled.profileVersion(),
        filled.issuer(),
        filled.scope(),
        filled.tbs(),
        requester.credential() + device.key().publicKey().fingerprint().hex(),
        true,
        true,
        clock.instant(),
        PATIENCE,
        filled.rotation());
  }

  /// Reserves and signs.
  private Certificate vouched(FakeDevice device, Requester requester) {
    var reservation = vouching(device, requester);
    assertThat(reserve(reservation)).isEqualTo(new ReserveOutcome.Reserved());
    return sign(reservation.tbs());
  }

  private void assertRefused(FakeDevice device, Requester requester, Reason reason) {
    assertThat(reserve(vouching(device, requester)))
        .isInstanceOfSatisfying(
            ReserveOutcome.Refused.class,
            refused -> assertThat(refused.refusal().reason()).isEqualTo(reason));
  }

  private Certificate station() {
    owners()
        .register(
            LINE,
            "device",
            clock.instant(),
            new AuditEvent.OwnerRegistered(LINE, "device", "test"));
    var line = FakeDevice.named("line-1");
    var own = vouching(line, new Requester.Internal(LINE, 1, "test"));
    assertThat(reserve(own)).isEqualTo(new ReserveOutcome.Reserved());
    var certificate = sign(own.tbs());
    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());
    return certificate;
  }

  private void assign(Set<String> labels) {
    var why = new AuditEvent.StationAssigned(LINE, String.join(", ", labels), "test");
    assertThat(stations().assign(LINE, labels, why)).isTrue();
  }

  private Requester byIdevid(FakeDevice device, Certificate idevid) {
    return new Requester.ByManufacturer(device.owner(), 1, idevid, maker.certificate().sha256());
  }

  private Certificate idevid(String name) {
    return idevid(name, SoftwareSigningKey.generate(KeyType.EC_P256));
  }

  private Certificate idevid(String name, SoftwareSigningKey key) {
    return maker.issue(
        TestAuthority.Use.DEVICE,
        name,
        key.publicKey(),
        new SerialNumber(BigInteger.TWO),
        clock.instant().minusSeconds(60),
        clock.instant().plus(Duration.ofDays(365)));
  }

  private TrustAnchor anchor(String label, Optional<SerialPattern> serials) {
    return new TrustAnchor(label, maker.certificate(), serials, clock.instant(), "test");
  }

  private boolean add(TrustAnchor anchor) {
    return anchors()
        .addAnchor(
            anchor,
            new AuditEvent.AnchorAdded(anchor.label(), anchor.sha256(), "Maker CA", "", "test"));
  }

  private boolean remove(String label) {
    var sha256 = maker.certificate().sha256();
    return anchors()
        .removeAnchor(label, sha256, new AuditEvent.AnchorRemoved(label, sha256, "test"));
  }
}
