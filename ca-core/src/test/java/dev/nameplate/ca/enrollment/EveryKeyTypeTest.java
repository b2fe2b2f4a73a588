package dev.nameplate.ca.enrollment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.KeyUsage;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.ProfileLike;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestHierarchy.Stores;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// From the request to the certificate and to the next one, with every kind of key.
@Tag("E1")
@Tag("13")
@TestInstance(Lifecycle.PER_CLASS)
class EveryKeyTypeTest {

  private static final CertificateProfile ANY =
      ProfileLike.of(TestProfiles.DEVICE).keys(KeyPolicy.anyStrong()).profile();

  // made once: an RSA key takes a second or two
  private final Map<KeyType, SoftwareSigningKey> keys = new EnumMap<>(KeyType.class);

  @ParameterizedTest
  @EnumSource
  void aDeviceIsEnrolledAndRenewedWithTheSameKeyAndThenWithOneOfAnotherType(
      KeyType type, @TempDir Path folder) throws Exception {
    var pki = pki();
    var device = device(type);
    pki.register(device);
    var next = type == KeyType.EC_P384 ? KeyType.ED25519 : KeyType.EC_P384;

    var first = TestHierarchy.certificate(enroll(pki, device, ANY));
    checkWithOthers(first, type, pki, folder);
    use(pki, first);
    var renewed = TestHierarchy.certificate(renew(pki, device, first));
    use(pki, renewed);
    var otherKey = device(next);
    var rekeyed = TestHierarchy.certificate(renew(pki, otherKey, renewed));

    assertThat(renewed.publicKey()).isEqualTo(first.publicKey());
    assertThat(renewed.serial()).isNotEqualTo(first.serial());
    assertThat(rekeyed.publicKey().type()).isEqualTo(next);
    assertThat(rekeyed.isSignedBy(pki.issuingKey().publicKey())).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      names = {"RSA_2048", "RSA_3072", "RSA_4096"},
      mode = EnumSource.Mode.EXCLUDE)
  void aProfileThatLetsAKeyEncipherWhichCannotNeverSigns(KeyType type) {
    var pki = pki();
    var device = device(type);
    pki.register(device);
    var signatures = pki.issuingKey().signatures();
    var enciphers =
        ProfileLike.of(ANY)
            .keyUsage(Set.of(KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_ENCIPHERMENT))
            .profile();

    assertThat(enroll(pki, device, enciphers))
        .isInstanceOfSatisfying(
            EnrollmentResult.Refused.class,
            refused -> {
              assertThat(refused.refusal().reason()).isEqualTo(Reason.PROFILE_UNSOUND);
              assertThat(refused.refusal().detail()).contains("encipherment", "that cannot");
            });
    assertThat(pki.issuingKey().signatures()).isEqualTo(signatures);
  }

  @ParameterizedTest
  @EnumSource(names = "ML_DSA_.*", mode = EnumSource.Mode.MATCH_ALL)
  void theShippedDeviceProfileDoesNotCertifyMlDsa(KeyType type) {
    var pki = pki();
    var device = device(type);
    pki.register(device);

    assertThat(enroll(pki, device, TestProfiles.DEVICE))
        .isInstanceOfSatisfying(
            EnrollmentResult.Refused.class,
            refused ->
                assertThat(refused.refusal().detail())
                    .isEqualTo("profile device does not allow " + type.text() + " keys"));
  }

  /// By the JDK, and by openssl: it knows no ML-DSA before 3.5 and says so, but reads the rest.
  private static void checkWithOthers(
      Certificate certificate, KeyType type, TestHierarchy pki, Path folder) throws Exception {
    assertThat(certificate.publicKey().type()).isEqualTo(type);
    assertThat(certificate.isSignedBy(pki.issuingKey().publicKey())).isTrue();
    var read =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
    read.verify(pki.issuingKey().publicKey().toPublicKey());
    assertThat(read.getPublicKey().getEncoded())
        .isEqualTo(certificate.publicKey().spki().toByteArray());
    assertThat(read.getKeyUsage()).startsWith(true, false, false);

    Files.writeString(folder.resolve("device.pem"), Pem.encode(certificate));
    Files.writeString(
        folder.resolve("ca.pem"),
        Pem.encode(
            pki.root().certificate().orElseThrow(), pki.issuing().certificate().orElseThrow()));
    var at = String.valueOf(certificate.notBefore().getEpochSecond() + 600);
    switch (type) {
      case RSA_2048, RSA_3072, RSA_4096, EC_P256, EC_P384, EC_P521, ED25519 ->
          assertThat(
                  openssl(
                      folder, "verify -x509_strict -attime " + at + " -CAfile ca.pem device.pem"))
              .isEqualTo("device.pem: OK\n");
      case ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
          assertThat(openssl(folder, "x509 -in device.pem -noout -subject -ext keyUsage"))
              .contains("CN = pump-0017", "critical", "Digital Signature\n");
    }
  }

  private static String openssl(Path folder, String arguments) {
    return Tool.OPENSSL.run(folder, arguments.split(" ")).ok().out();
  }

  private static TestHierarchy pki() {
    var clock = new FakeClock();
    var store = new InMemoryStore(clock);
    return TestHierarchy.over(new Stores(store, store, store, store), clock, new SecureRandom());
  }

  private FakeDevice device(KeyType type) {
    return FakeDevice.named("pump-0017", keys.computeIfAbsent(type, SoftwareSigningKey::generate));
  }

  private static EnrollmentResult enroll(
      TestHierarchy pki, FakeDevice device, CertificateProfile profile) {
    var asked = pki.request(device, pki.secretFor(device, 1));
    return pki.enrollment()
        .enroll(new IssuanceRequest(asked.requester(), asked.csr(), profile, Purpose.ENROLL));
  }

  private static EnrollmentResult renew(
      TestHierarchy pki, FakeDevice device, Certificate presented) {
    return pki.enrollment()
        .enroll(
            new IssuanceRequest(
                new Requester.ByCertificate(device.owner(), 1, presented),
                device.csr(),
                ANY,
                Purpose.REENROLL));
  }

  private static void use(TestHierarchy pki, Certificate certificate) {
    assertThat(pki.authentication().byCertificate(certificate.der().toByteArray(), Origin.INTERNAL))
        .isInstanceOf(AuthenticationResult.Known.class);
  }
}
