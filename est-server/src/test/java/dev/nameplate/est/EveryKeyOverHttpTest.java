package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Every kind of key over the wire: made by others where others can, and refused if others found it
/// to be weak.
@Tag("E1")
@Tag("13")
@TestInstance(Lifecycle.PER_CLASS)
final class EveryKeyOverHttpTest {

  private final EstFixture est = EstFixture.start();

  @AfterAll
  void stop() {
    est.close();
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    "RSA_3072, -algorithm RSA -pkeyopt rsa_keygen_bits:3072",
    "RSA_4096, -algorithm RSA -pkeyopt rsa_keygen_bits:4096",
    "EC_P256, -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    "EC_P384, -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
    "EC_P521, -algorithm EC -pkeyopt ec_paramgen_curve:P-521",
    "ED25519, -algorithm ED25519",
  })
  void aRequestThatOpensslMadeGetsACertificateThatOpensslVerifies(
      KeyType type, String how, @TempDir Path folder) throws Exception {
    var id = "openssl-" + type.text();
    var secret = est.register(id);
    openssl(folder, "genpkey " + how + " -out key.pem");
    openssl(folder, "req -new -key key.pem -subj /CN=" + id + " -outform DER -out csr.der");
    var publicKey = Pem.blocks(openssl(folder, "pkey -in key.pem -pubout"), "PUBLIC KEY");

    try (var client = EstClient.anonymous(est)) {
      var csr = Files.readAllBytes(folder.resolve("csr.der"));
      var certificate = client.enroll(csr, id, secret).certificate();
      Files.writeString(folder.resolve("device.pem"), Pem.encode(certificate));
      Files.writeString(folder.resolve("root.pem"), Pem.encode(est.root));
      Files.writeString(folder.resolve("issuing.pem"), Pem.encode(est.issuing));
      var at = String.valueOf(certificate.notBefore().getEpochSecond() + 600);

      assertThat(certificate.publicKey().type()).isEqualTo(type);
      assertThat(certificate.publicKey().spki().toByteArray()).isEqualTo(publicKey.getFirst());
      assertThat(
              openssl(
                  folder,
                  "verify -x509_strict -attime "
                      + at
                      + " -CAfile root.pem -untrusted issuing.pem device.pem"))
          .isEqualTo("device.pem: OK\n");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDeviceRenewsToAKeyOfEveryKind(KeyType type) throws Exception {
    var device = est.enrolled("renews-to-" + type.text());
    var next = SoftwareKey.generate(type);
    try (var client = EstClient.of(est, device)) {
      var certificate = client.reenroll(Requests.of(device.id(), next)).certificate();

      assertThat(certificate.publicKey()).isEqualTo(next.publicKey());
      assertThat(certificate.subject()).isEqualTo(device.certificate().subject());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "roca-1, an RSA modulus made by a chip with ROCA (CVE-2017-15361)",
    "roca-4, an RSA modulus made by a chip with ROCA (CVE-2017-15361)",
    "close-1, an RSA modulus of two factors that lie close together (CVE-2022-26320)",
    "close-2, an RSA modulus of two factors that lie close together (CVE-2022-26320)"
  })
  void aPublishedWeakKeyIsRefusedBeforeItsSignatureIsLookedAt(String name, String why)
      throws Exception {
    var secret = est.register(name);
    var csr = Requests.withKey(published(name), SoftwareKey.generate(KeyType.EC_P256));
    try (var client = EstClient.anonymous(est)) {
      var answer = client.enroll(csr, name, secret);

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).contains(why);
    }
  }

  private static SubjectPublicKeyInfo published(String name) throws Exception {
    try (var file = EveryKeyOverHttpTest.class.getResourceAsStream("/weak-keys/" + name + ".pem")) {
      var pem = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.US_ASCII);
      return SubjectPublicKeyInfo.getInstance(Pem.blocks(pem, "PUBLIC KEY").getFirst());
    }
  }

  private static String openssl(Path folder, String arguments) {
    return Tool.OPENSSL.run(folder, arguments.split(" ")).ok().out();
  }
}
