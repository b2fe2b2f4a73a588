package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.memory.InMemoryAdministratorStore;
import dev.nameplate.ca.policy.Decision;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.AdministratorStore;
import dev.nameplate.ca.store.AnchorStore;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.LeaseStore;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.RequestStore;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.store.StationStore;
import dev.nameplate.ca.store.StatusChanges;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.ca.x509.TbsCertificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// What the contracts of the stores have in common: a new, empty set of stores for each test, a
/// clock, an issuer, and the steps of an enrollment one by one.
public abstract class StoreContract {

  /// All the ports of one store.
  public record Stores(
      CertificateStore certificates,
      OwnerStore owners,
      RequestStore requests,
      CrlStore crls,
      IssuerStore issuers,
      AnchorStore anchors,
      StationStore stations,
      LeaseStore leases,
      StatusChanges statusChanges,
      AuditLog audit,
      AdministratorStore administrators,
      Runnable closing) {

    /// One object that implements all of them.
    public static <
            S extends
                CertificateStore & OwnerStore & RequestStore & CrlStore & IssuerStore & AnchorStore
                    & StationStore & LeaseStore & StatusChanges & AuditLog>
        Stores of(S store) {
      return new Stores(
          store,
          store,
          store,
          store,
          store,
          store,
          store,
          store,
          store,
          store,
          new InMemoryAdministratorStore(store, store, store),
          () -> {});
    }
  }

  protected static final Duration PATIENCE = Duration.ofSeconds(60);

  protected final FakeClock clock = new FakeClock();
  protected final TestAuthority authority =
      TestAuthority.root("Test Issuing CA", KeyType.EC_P256, clock.instant());
  protected final IssuerId issuer = authority.id();

  // thread-safe, and the same serials in every run
  private final Random random = new Random(1);

  private Stores stores;

  /// New and empty stores.
  protected abstract Stores open(InstantSource clock) throws Exception;

  @BeforeEach
  void openTheStores() throws Exception {
    stores = open(clock);
  }

  @AfterEach
  void closeTheStores() {
    stores.closing().run();
  }

  protected final CertificateStore certificates() {
    return stores.certificates();
  }

  protected final OwnerStore owners() {
    return stores.owners();
  }

  protected final RequestStore requests() {
    return stores.requests();
  }

  protected final CrlStore crls() {
    return stores.crls();
  }

  protected final IssuerStore issuers() {
    return stores.issuers();
  }

  protected final AnchorStore anchors() {
    return stores.anchors();
  }

  protected final StationStore stations() {
    return stores.stations();
  }

  protected final LeaseStore leases() {
    return stores.leases();
  }

  protected final StatusChanges statusChanges() {
    return stores.statusChanges();
  }

  protected final AdministratorStore administrators() {
    return stores.administrators();
  }

  protected final AuditLog audit() {
    return stores.audit();
  }

  // Steps

  /// Registers a device of this name, with a new key.
  protected final FakeDevice registered(String name) {
    var device = FakeDevice.named(name);
    assertThat(register(device.owner())).isInstanceOf(RegisterOutcome.Registered.class);
    return device;
  }

  protected final RegisterOutcome register(Owner owner) {
    return owners()
        .register(
            owner,
            "device",
            clock.instant(),
            new AuditEvent.OwnerRegistered(owner, "device", "test"));
  }

  /// Gives the device a secret with this id, for an hour.
  protected final Requester withSecret(FakeDevice device, String secretId, int uses) {
    var secret = secret(device.owner(), secretId, uses);
    assertThat(addSecret(secret)).isTrue();
    return new Requester.BySecret(device.owner(), 1, secretId);
  }

  protected final SecretRecord secret(Owner owner, String id, int uses) {
    var expires = clock.instant().plus(Duration.ofHours(1));
    return new SecretRecord(id, owner, 1, Der.of(new byte[32]), uses, expires, false);
  }

  protected final boolean addSecret(SecretRecord secret) {
    return owners()
        .addSecret(
            secret,
            new AuditEvent.SecretIssued(
                secret.owner(), secret.id(), secret.usesLeft(), secret.expiresAt(), "test"));
  }

  protected static Requester withCertificate(FakeDevice device, Certificate presented) {
    return new Requester.ByCertificate(device.owner(), 1, presented);
  }

  protected static Requester ourselves(FakeDevice device) {
    return new Requester.Internal(device.owner(), 1, "test");
  }

  /// What an enrollment would reserve for this request, with a new serial.
  protected final Reservation reservation(Requester requester, FakeDevice device) {
    return reservation(requester, device, SerialNumber.random(random));
  }

  /// The same with this serial.
  protected final Reservation reservation(
      Requester requester, FakeDevice device, SerialNumber serial) {
    var purpose = requester instanceof Requester.ByCertificate ? Purpose.REENROLL : Purpose.ENROLL;
    return reservation(requester, device, serial, purpose);
  }

  /// The same for a key that was made here, and that nobody keeps.
  protected final Reservation withServerKey(Requester requester, FakeDevice device) {
    return reservation(requester, device, SerialNumber.random(random), Purpose.SERVER_KEYGEN);
  }

  private Reservation reservation(
      Requester requester, FakeDevice device, SerialNumber serial, Purpose purpose) {
    return reservation(TestProfiles.DEVICE, requester, device, serial, purpose);
  }

  /// The same for the administrator to whom the device's key belongs now.
  protected final Reservation reservationOfAdmin(Requester requester, FakeDevice keyHolder) {
    return reservation(
        TestProfiles.ADMIN, requester, keyHolder, SerialNumber.random(random), Purpose.ENROLL);
  }

  private Reservation reservation(
      CertificateProfile profile,
      Requester requester,
      FakeDevice device,
      SerialNumber serial,
      Purpose purpose) {
    var request = new IssuanceRequest(requester, device.csr(), profile, purpose);
    return new Reservation(
        requester,
        request.profile().name(),
        request.profile().version(),
        issuer,
        CrlScope.END_ENTITIES,
        fill(request, serial),
        request.sameness(),
        request.isRepeatable(),
        true,
        clock.instant(),
        PATIENCE,
        request.profile().rotation());
  }

  private TbsCertificate fill(IssuanceRequest request, SerialNumber serial) {
    return switch (new IssuancePolicy().decide(request, clock.instant())) {
      case Decision.Approved approved ->
          new CertificateTemplate(TestHierarchy.URLS)
              .fill(approved, authority.authority(CrlScope.END_ENTITIES), serial, clock.instant());
      case Decision.Refused(var refusal) -> throw new IllegalArgumentException(refusal.toString());
    };
  }

  protected final Certificate sign(TbsCertificate tbs) {
    return tbs.withSignature(authority.key().sign(tbs.der().toByteArray()));
  }

  protected final ReserveOutcome reserve(Reservation reservation) {
    return certificates().reserve(reservation, issuing(reservation));
  }

  protected static AuditEvent.Issuing issuing(Reservation reservation) {
    return new AuditEvent.Issuing(
        reservation.requester().owner(),
        reservation.requester().epoch(),
        reservation.label(),
        reservation.profileVersion(),
        reservation.issuer(),
        reservation.tbs().serial(),
        reservation.tbs().publicKey().fingerprint(),
        reservation.requester().credential(),
        Origin.INTERNAL);
  }

  protected final Reservation reserved(Requester requester, FakeDevice device) {
    var reservation = reservation(requester, device);
    assertThat(reserve(reservation)).isEqualTo(new ReserveOutcome.Reserved());
    return reservation;
  }

  protected final CompleteOutcome complete(Certificate certificate) {
    return complete(certificate, false, Supersede.ON_CONFIRM);
  }

  protected final CompleteOutcome complete(
      Certificate certificate, boolean confirmed, Supersede supersede) {
    var owner = certificates().find(issuer, certificate.serial()).map(CertificateRecord::owner);
    var why =
        new AuditEvent.Issued(
            owner.orElse(FakeDevice.named("nobody").owner()),
            issuer,
            certificate.serial(),
            certificate.sha256());
    return certificates().complete(issuer, certificate, confirmed, supersede, why);
  }

  /// Reserves, signs and completes.
  protected final Certificate issued(Requester requester, FakeDevice device) {
    var certificate = sign(reserved(requester, device).tbs());
    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());
    return certificate;
  }

  protected final boolean confirm(Certificate certificate, Supersede supersede) {
    var owner = record(certificate).owner();
    return certificates()
        .confirm(
            issuer,
            certificate.serial(),
            supersede,
            clock.instant(),
            new AuditEvent.Confirmed(owner, issuer, certificate.serial()));
  }

  /// What is remembered of a certificate that must be there.
  protected final CertificateRecord record(Certificate certificate) {
    return certificates().find(issuer, certificate.serial()).orElseThrow();
  }

  protected final CertificateRecord record(Reservation reservation) {
    return certificates().find(issuer, reservation.tbs().serial()).orElseThrow();
  }

  // What was written down

  protected final List<AuditRow> rows() {
    var rows = new ArrayList<AuditRow>();
    audit().rows(rows::add);
    return rows;
  }

  /// The kinds of all events after the start of the chain, oldest first.
  protected final List<String> eventKinds() {
    return rows().stream()
        .map(AuditRow::kind)
        .filter(kind -> !kind.equals("ChainStarted"))
        .toList();
  }

  protected final AuditVerdict verdict() {
    var verifier = new AuditVerifier();
    audit().rows(verifier::next);
    return verifier.verdict();
  }
}
