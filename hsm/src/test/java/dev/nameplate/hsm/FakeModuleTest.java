package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.testing.KeyVaultContract;
import dev.nameplate.ca.testing.SigningKeyContract;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The whole layer over a library that is ours: it has what no module here has (ML-DSA), and lacks
/// what they all have (raw mechanisms).
class FakeModuleTest {

  private static final String PIN = "1234";

  private final FakeModule fake = new FakeModule(PIN);

  @Nested
  class KeepsTheContractOfVaults extends KeyVaultContract {

    @Override
    protected KeyVault newVault() throws IOException {
      return open(new FakeModule(PIN), KeyRules.USUAL);
    }
  }

  /// One key of each type, and the RSA keys with RSASSA-PSS; RSA-4096 is too large for this token.
  @Nested
  class KeepsTheContractOfKeys extends SigningKeyContract {

    private final List<SigningKey> keys = new ArrayList<>();
    private TokenKeyVault vault;
    private TokenKeyVault pss;

    @BeforeAll
    void makeKeys() throws IOException {
      vault = open(fake, KeyRules.USUAL);
      pss = open(fake, KeyRules.USUAL.with(RsaSignatures.PSS));
      for (var type : EnumSet.complementOf(EnumSet.of(KeyType.RSA_4096))) {
        keys.add(vault.generate(type.text(), type).key());
        if (type.isRsa()) {
          keys.add(pss.generate("pss-" + type.text(), type).key());
        }
      }
    }

    @AfterAll
    void closeTheVaults() {
      pss.close();
      vault.close();
    }

    @Override
    protected Stream<SigningKey> keys() {
      return keys.stream();
    }
  }

  @Test
  void aKeyOfMlDsaIsFoundAgain() throws IOException {
    try (var vault = open(fake, KeyRules.USUAL)) {
      var made = vault.generate("ca", KeyType.ML_DSA_65);

      var found = vault.find(made.location());

      assertThat(found.publicKey()).isEqualTo(made.key().publicKey());
      assertThat(found.algorithm()).isEqualTo(SignatureAlgorithm.ML_DSA_65);
      assertThat(found.sign(new byte[9])).hasSize(3309);
    }
  }

  @Test
  void aKeyBeyondTheLimitsOfTheMechanismIsNotAskedFor() throws IOException {
    try (var vault = open(fake, KeyRules.USUAL)) {
      assertThatThrownBy(() -> vault.generate("ca", KeyType.RSA_4096))
          .hasMessage(
              "token fake: the token cannot make keys of type rsa-4096:"
                  + " CKM_RSA_PKCS_KEY_PAIR_GEN is for keys of 2048 to 3072 bits");
    }
  }

  @Test
  void aKeyThatIsTiedToOneKindOfSignatureKeepsToIt() throws IOException {
    try (var vault = open(fake, KeyRules.USUAL);
        var pss = open(fake, KeyRules.USUAL.with(RsaSignatures.PSS))) {
      var old = vault.generate("old", KeyType.RSA_2048);
      var young = pss.generate("young", KeyType.RSA_2048);

      assertThat(pss.find(old.location()).algorithm())
          .isEqualTo(SignatureAlgorithm.SHA256_WITH_RSA);
      assertThat(vault.find(young.location()).algorithm())
          .isEqualTo(SignatureAlgorithm.RSASSA_PSS_SHA256);
      assertThat(vault.find(young.location()).sign(new byte[9])).hasSize(256);
    }
  }

  @Test
  void aKeyThatIsTiedToNothingFollowsTheSetting() throws IOException {
    var minimal = KeyRules.USUAL.with(TemplateProfile.named("minimal"));
    try (var vault = open(fake, minimal);
        var pss = open(fake, minimal.with(RsaSignatures.PSS))) {
      var key = vault.generate("ca", KeyType.RSA_2048);

      assertThat(key.key().algorithm()).isEqualTo(SignatureAlgorithm.SHA256_WITH_RSA);
      assertThat(pss.find(key.location()).algorithm())
          .isEqualTo(SignatureAlgorithm.RSASSA_PSS_SHA256);
    }
  }

  private static TokenKeyVault open(FakeModule fake, KeyRules rules) throws IOException {
    var folder = Files.createDirectories(Path.of("target/tokens"));
    var pin =
        Files.createTempFile(
            folder,
            "fake",
            ".pin",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(pin, PIN);
    var settings =
        new HsmSettings(
                Path.of("/fake"),
                FakeModule.LABEL,
                new PinSource.File(pin.toAbsolutePath()),
                4,
                1024,
                Duration.ofMinutes(2),
                Map.of())
            .withKeys(rules);
    return TokenKeyVault.open(
        fake.module(), settings, TestTokens.RANDOM, TestTokens.CLOCK, HsmListener.NONE);
  }
}
