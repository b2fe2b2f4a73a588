package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.Tool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PemTest {

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      // OpenSSL 3.0 knows no ML-DSA; see MlDsaTest
      names = {"RSA_3072", "RSA_4096", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87"},
      mode = EnumSource.Mode.EXCLUDE)
  void aPrivateKeyGoesOutAndComesBackAndOpensslReadsIt(KeyType type) throws Exception {
    var key = SoftwareKey.generate(type);
    var again = SoftwareKey.fromPem(key.toPem());
    byte[] data = "data".getBytes(StandardCharsets.UTF_8);

    assertThat(again.publicKey()).isEqualTo(key.publicKey());
    assertThat(again.publicKey().type()).isEqualTo(type);
    assertThat(key.publicKey().verifies(again.algorithm(), data, again.sign(data))).isTrue();
    assertThat(again.toString()).doesNotContain("PRIVATE");

    Files.writeString(directory.resolve("key.pem"), key.toPem());
    var read = Tool.OPENSSL.run(directory, "pkey", "-in", "key.pem", "-pubout");
    assertThat(read.exit()).as(read.output()).isZero();
    assertThat(Pem.blocks(read.output(), "PUBLIC KEY"))
        .singleElement()
        .isEqualTo(key.publicKey().spki().toByteArray());
  }

  @Test
  void certificatesComeBackInTheirOrderWithTextAround() throws Exception {
    var one = TestAuthority.root("One", KeyType.EC_P256, FakeClock.START).certificate();
    var other = TestAuthority.root("Other", KeyType.EC_P256, FakeClock.START).certificate();
    var text =
        "subject=One\r\n" + Pem.encode(one).replace("\n", "\r\n") + "\n\n" + Pem.encode(other);

    assertThat(Pem.decodeCertificates(text)).containsExactly(one, other);
    assertThat(Pem.encode(one, other)).isEqualTo(Pem.encode(one) + Pem.encode(other));
    assertThat(Pem.encode(one).lines()).allMatch(line -> line.length() <= 64);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no PEM at all",
        "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAA=A\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----"
      })
  void whatIsNoCertificateIsRefused(String text) {
    assertThatThrownBy(() -> Pem.decodeCertificates(text))
        .isInstanceOf(MalformedCertificateException.class);
    assertThatThrownBy(() -> SoftwareKey.fromPem(text.replace("CERTIFICATE", "PRIVATE KEY")))
        .isInstanceOf(UnacceptableKeyException.class);
  }

  @Test
  void twoPrivateKeysInOneFileAreRefused() {
    var key = SoftwareKey.generate(KeyType.EC_P256).toPem();

    assertThatThrownBy(() -> SoftwareKey.fromPem(key + key))
        .isInstanceOf(UnacceptableKeyException.class)
        .hasMessageContaining("2 PEM blocks");
  }
}
