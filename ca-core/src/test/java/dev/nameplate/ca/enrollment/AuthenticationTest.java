package dev.nameplate.ca.enrollment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestHierarchy.Stores;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who is asking, by what is remembered now.
class AuthenticationTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(new Stores(store, store, store, store), clock, new SecureRandom());
  private final FakeDevice pump = FakeDevice.named("pump-0017");

  @Test
  void theHolderOfAValidCertificateIsKnown() {
    var certificate = pki.enrolled(pump);

    assertThat(byCertificate(certificate))
        .isEqualTo(
            new AuthenticationResult.Known(
                new Requester.ByCertificate(pump.owner(), 1, certificate)));
  }

  @Test
  void aPendingCertificateIsConfirmedWhenItIsFirstSeenAndOnlyThen() {
    pki.register(pump);
    var pending =
        TestHierarchy.certificate(
            pki.enrollment().enroll(pki.request(pump, pki.secretFor(pump, 1))));
    assertThat(slot(pending)).contains(Slot.PENDING);

    byCertificate(pending);
    byCertificate(pending);
    assertThat(slot(pending)).contains(Slot.CONFIRMED);
    assertThat(store.find(pump.owner()).orElseThrow().state()).isEqualTo(OwnerState.ACTIVE);
    assertThat(store.events())
        .filteredOn(AuditEvent.Confirmed.class::isInstance)
        .containsExactly(
            new AuditEvent.Confirmed(pump.owner(), pki.issuing().id(), pending.serial()));
  }

  @Test
  void anotherAuthoritysCertificateWithTheSameNameAndSerialIsUnknown() {
    var ours = pki.enrolled(pump);
    var other = TestAuthority.root("Acme Issuing CA 1", KeyType.EC_P256, clock.instant());
    var forged =
        other.issue(
            TestAuthority.Use.DEVICE,
            "pump-0017",
            pump.key().publicKey(),
            ours.serial(),
            ours.notBefore(),
            ours.notAfter());

    assertThat(byCertificate(forged))
        .isEqualTo(new AuthenticationResult.Unknown("the client certificate was not issued here"));
  }

  @Test
  void oneFlippedBitMakesItUnknown() {
    byte[] der = pki.enrolled(pump).der().toByteArray();
    der[der.length - 1] ^= 1;

    assertThat(pki.authentication().byCertificate(der, Origin.INTERNAL))
        .isInstanceOf(AuthenticationResult.Unknown.class);
  }

  @Test
  void bytesThatAreNoCertificateAreUnknown() {
    assertThat(pki.authentication().byCertificate(new byte[0], Origin.INTERNAL))
        .isInstanceOf(AuthenticationResult.Unknown.class);
    assertThat(
            pki.authentication()
                .byCertificate("hello".getBytes(StandardCharsets.UTF_8), Origin.INTERNAL))
        .isInstanceOf(AuthenticationResult.Unknown.class);
  }

  @Test
  void aRevokedCertificateIsRefusedWithTimeAndReason() {
    var certificate = pki.enrolled(pump);
    revoke(certificate);

    assertRefused(byCertificate(certificate), Reason.CREDENTIAL_NOT_ACCEPTED, "keyCompromise");
  }

  @Test
  void aCertificateCountsFromItsFirstSecondToItsLast() {
    clock.advance(Duration.ofDays(1));
    var certificate = pki.enrolled(pump);

    clock.set(certificate.notBefore());
    assertThat(byCertificate(certificate)).isInstanceOf(AuthenticationResult.Known.class);
    clock.set(certificate.notAfter());
    assertThat(byCertificate(certificate)).isInstanceOf(AuthenticationResult.Known.class);
    clock.set(certificate.notAfter().plusMillis(999));
    assertThat(byCertificate(certificate)).isInstanceOf(AuthenticationResult.Known.class);

    clock.set(certificate.notBefore().minusSeconds(1));
    assertRefused(byCertificate(certificate), Reason.CREDENTIAL_NOT_ACCEPTED, "not valid before");
    clock.set(certificate.notAfter().plusSeconds(1));
    assertRefused(byCertificate(certificate), Reason.CREDENTIAL_NOT_ACCEPTED, "expired at");
  }

  @Test
  void aCertificateThatIsRefusedConfirmsNothing() {
    pki.register(pump);
    var pending =
        TestHierarchy.certificate(
            pki.enrollment().enroll(pki.request(pump, pki.secretFor(pump, 1))));
    clock.set(pending.notAfter().plusSeconds(1));
    byCertificate(pending);

    assertThat(slot(pending)).contains(Slot.PENDING);
  }

  @Test
  void aRetiredOwnerIsRefusedAndItIsWrittenDown() {
    var certificate = pki.enrolled(pump);
    store.retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");

    assertRefused(byCertificate(certificate), Reason.OWNER_RETIRED, "device:pump-0017 is retired");
  }

  @Test
  void ourOwnCertificatesAreKnownAsWhatTheyAre() {
    assertThat(byCertificate(pki.ocspSigner()))
        .isInstanceOfSatisfying(
            AuthenticationResult.Known.class,
            known -> assertThat(known.requester().owner()).hasToString("service:ocsp"));
  }

  // Secrets

  @Test
  void whoKnowsTheSecretIsKnownAlsoWhenItIsSpent() {
    pki.register(pump);
    var one = pki.secretFor(pump, 1);
    var other = pki.secretFor(pump, 1);
    pki.enrollment().enroll(pki.request(pump, one));

    assertThat(bySecret("pump-0017", one.text()))
        .isEqualTo(
            new AuthenticationResult.Known(new Requester.BySecret(pump.owner(), 1, one.id())));
    assertThat(bySecret("pump-0017", other.text()))
        .isEqualTo(
            new AuthenticationResult.Known(new Requester.BySecret(pump.owner(), 1, other.id())));
  }

  @Test
  void wrongSecretsAndUnknownNamesLookTheSame() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);
    var wrong = bySecret("pump-0017", secret.text() + "x");

    assertThat(wrong).isInstanceOf(AuthenticationResult.Unknown.class);
    assertThat(bySecret("pump-0017", "")).isEqualTo(wrong);
    assertThat(bySecret("nobody", secret.text())).isEqualTo(wrong);
    assertThat(bySecret("not a name!", secret.text()))
        .isInstanceOf(AuthenticationResult.Unknown.class);
  }

  @Test
  void theSecretOfOneDeviceIsWrongForAnother() {
    var valve = FakeDevice.named("valve-3");
    pki.register(pump);
    pki.register(valve);

    assertThat(bySecret("valve-3", pki.secretFor(pump, 1).text()))
        .isInstanceOf(AuthenticationResult.Unknown.class);
  }

  @Test
  void nobodyIsGivenASecretThatIsNotThereOrRetired() {
    pki.register(pump);
    store.retire(pump.owner(), RevocationReason.UNSPECIFIED, clock.instant(), "test");
    var secrets = new EnrollmentSecrets(store, pki.secretHash(), clock, new SecureRandom());

    assertThat(secrets.issue(pump.owner(), 1, Duration.ofHours(1), "test")).isEmpty();
    assertThat(secrets.issue(FakeDevice.named("nobody").owner(), 1, Duration.ofHours(1), "test"))
        .isEmpty();
  }

  @Test
  @Tag("S5")
  void aSecretWithoutAUserNameSaysWhoseItIs() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);

    assertThat(bySecret("", secret.text()))
        .isEqualTo(
            new AuthenticationResult.Known(new Requester.BySecret(pump.owner(), 1, secret.id())));
    assertThat(bySecret("", "wrong")).isInstanceOf(AuthenticationResult.Unknown.class);
  }

  @Test
  @Tag("S6")
  void aDigestIsOverUserNameRealmAndSecretAndOnlyWhereItIsOffered() {
    pki.register(pump);
    var secrets =
        new EnrollmentSecrets(
            store, pki.secretHash(), label -> label.equals("device"), clock, new SecureRandom());
    var secret = secrets.issue(pump.owner(), 1, Duration.ofHours(1), "test").orElseThrow();
    var without = pki.secretFor(pump, 1);

    assertThat(byDigest(secret.text()))
        .isEqualTo(
            new AuthenticationResult.Known(new Requester.BySecret(pump.owner(), 1, secret.id())));
    assertThat(byDigest(without.text())).isInstanceOf(AuthenticationResult.Unknown.class);
    assertThat(store.secrets(pump.owner()))
        .filteredOn(record -> record.id().equals(secret.id()))
        .singleElement()
        .satisfies(
            record -> assertThat(record.digest().orElseThrow().length()).isEqualTo(12 + 32 + 16));
  }

  @Test
  @Tag("S5")
  void aCertificateAndASecretOfTwoDevicesAreNobody() {
    var holder = new Requester.Internal(pump.owner(), 1, "test");
    var knower = new Requester.BySecret(FakeDevice.named("valve-3").owner(), 1, "s1");

    assertThat(pki.authentication().both(holder, knower, "device", Origin.INTERNAL))
        .isInstanceOfSatisfying(
            AuthenticationResult.Refused.class,
            refused ->
                assertThat(refused.refusal().detail())
                    .isEqualTo(
                        "the client certificate is of device:pump-0017, the enrollment secret is of"
                            + " device:valve-3"));
  }

  private AuthenticationResult byDigest(String secret) {
    var expected = ("pump-0017:nameplate:" + secret).getBytes(StandardCharsets.UTF_8);
    return pki.authentication()
        .byDigest("pump-0017", digest -> Arrays.equals(digest, Der.sha256(expected)));
  }

  private AuthenticationResult byCertificate(Certificate certificate) {
    return pki.authentication().byCertificate(certificate.der().toByteArray(), Origin.INTERNAL);
  }

  private AuthenticationResult bySecret(String userName, String secret) {
    return pki.authentication().bySecret(userName, secret.getBytes(StandardCharsets.UTF_8));
  }

  private Optional<Slot> slot(Certificate certificate) {
    return store.findByFingerprint(certificate.sha256()).orElseThrow().slot();
  }

  private void revoke(Certificate certificate) {
    store.revoke(
        pki.issuing().id(),
        certificate.serial(),
        RevocationReason.KEY_COMPROMISE,
        Optional.empty(),
        clock.instant(),
        "test");
  }

  private void assertRefused(AuthenticationResult result, Reason reason, String words) {
    assertThat(result)
        .isInstanceOfSatisfying(
            AuthenticationResult.Refused.class,
            refused -> {
              assertThat(refused.refusal().reason()).isEqualTo(reason);
              assertThat(refused.refusal().detail()).contains(words);
            });
    assertThat(store.events().getLast())
        .isInstanceOfSatisfying(
            AuditEvent.Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
  }
}
