package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.signing.KeyEvidence;
import dev.nameplate.ca.signing.KeyEvidence.Attempt;
import dev.nameplate.ca.signing.KeyEvidence.Outcome;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyPurpose;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.KeyVaults;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.InMemoryKeyVault;
import dev.nameplate.ca.testing.KeyVaultContract;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WitnessedVaultTest {

  private final List<AuditEvent> written = new ArrayList<>();
  private Path folder = Path.of("");

  @Nested
  class KeepsTheContract extends KeyVaultContract {

    @Override
    protected KeyVault newVault() {
      return witnessed(new InMemoryKeyVault("token"));
    }
  }

  @BeforeEach
  void makeAFolder() throws IOException {
    folder =
        Files.createTempDirectory(
                Files.createDirectories(Path.of("target", "evidence").toAbsolutePath()), "")
            .resolve("evidence");
  }

  @Test
  void theEvidenceOfANewKeyIsInAFileAndItsHashInTheAuditLog() throws Exception {
    var key = witnessed(new InMemoryKeyVault("token")).generate("ca", KeyType.EC_P256).location();

    var content = Files.readAllBytes(WitnessedVault.file(folder, key));
    assertThat(new String(content, StandardCharsets.UTF_8))
        .contains("\"label\":\"ca\"", key.fingerprint().hex());
    assertThat(written)
        .containsExactly(
            new AuditEvent.KeyMade(
                key.fingerprint(),
                "token",
                "ca",
                key.id(),
                HexFormat.of().formatHex(Der.sha256(content)),
                ""));
  }

  @Test
  void aKeyIsMadeWhereKeysOfItsPurposeAreAndWitnessedThere() {
    var vault =
        witnessed(
            new KeyVaults(
                List.of(
                    place("issuing", Set.of(KeyPurpose.ISSUING)),
                    place("ocsp", Set.of(KeyPurpose.OCSP)))));

    var key = vault.generate(KeyPurpose.OCSP, "signer", KeyType.EC_P256).location();

    assertThat(key.token()).isEqualTo("ocsp");
    assertThat(WitnessedVault.file(folder, key)).exists();
    assertThat(written).hasSize(1);
  }

  @Test
  void whatATokenLetsOutIsNamedInTheAuditLog() {
    var vault = witnessed(new Leak());

    vault.generate("ca", KeyType.EC_P256);

    assertThat(written)
        .extracting(event -> ((AuditEvent.KeyMade) event).exposed())
        .containsExactly("read CKA_VALUE");
  }

  @ParameterizedTest
  @EnumSource(names = {"ROOT", "ISSUING"})
  void aKeyThatCanGetOutIsNoneForAnAuthority(KeyPurpose purpose) {
    var vault = witnessed(new Leak());

    assertThatThrownBy(() -> vault.generate(purpose, "ca", KeyType.EC_P256))
        .isInstanceOf(SigningException.class)
        .hasMessageContaining(
            "key ca can get out of token token and is not used for an authority: the token let us"
                + " read CKA_VALUE.");
    assertThat(written)
        .extracting(event -> ((AuditEvent.KeyMade) event).exposed())
        .containsExactly("read CKA_VALUE");
  }

  @Test
  void aKeyThatCanGetOutMayAnswerForAnAuthority() {
    var made = witnessed(new Leak()).generate(KeyPurpose.OCSP, "signer", KeyType.EC_P256);

    assertThat(made.key().sign(new byte[] {1})).isNotEmpty();
    assertThat(written).hasSize(1);
  }

  @Test
  void aKeyOfWhichThereIsNoEvidenceIsGoodAndTheAuditLogSaysSo() {
    var vault =
        witnessed(
            new Vault() {
              @Override
              public KeyEvidence evidence(KeyLocation location, byte[] nonce, Instant at) {
                throw new SigningException("no evidence today");
              }
            });

    var made = vault.generate("ca", KeyType.EC_P256);

    assertThat(made.key().sign(new byte[] {1})).isNotEmpty();
    assertThat(written)
        .extracting(event -> ((AuditEvent.KeyMade) event).evidenceSha256())
        .containsExactly("");
  }

  private WitnessedVault witnessed(KeyVault vault) {
    return new WitnessedVault(
        vault,
        folder,
        written::add,
        new FakeClock(Instant.parse("2026-01-01T00:00:00Z")),
        new SecureRandom());
  }

  /// One whose evidence can be replaced.
  private static class Vault implements KeyVault {

    private final InMemoryKeyVault keys = new InMemoryKeyVault("token");

    @Override
    public GeneratedKey generate(String label, KeyType type) {
      return keys.generate(label, type);
    }

    @Override
    public SigningKey find(KeyLocation location) {
      return keys.find(location);
    }

    @Override
    public KeyEvidence evidence(KeyLocation location, byte[] nonce, Instant at) {
      return keys.evidence(location, nonce, at);
    }

    @Override
    public VaultHealth health() {
      return keys.health();
    }

    @Override
    public void close() {
      keys.close();
    }
  }

  /// One that lets keys be read.
  private static final class Leak extends Vault {

    @Override
    public KeyEvidence evidence(KeyLocation location, byte[] nonce, Instant at) {
      var all = super.evidence(location, nonce, at);
      return new KeyEvidence(
          all.key(),
          all.publicKey(),
          all.at(),
          "pkcs11",
          all.module(),
          all.token(),
          all.attributes(),
          List.of(
              new Attempt(
                  "read CKA_VALUE",
                  "C_GetAttributeValue",
                  true,
                  new Outcome.Worked("the value was wiped"))),
          all.proof(),
          all.attestation(),
          all.limits());
    }
  }

  private static KeyVaults.Place place(String token, Set<KeyPurpose> makes) {
    return new KeyVaults.Place(Set.of(token), new InMemoryKeyVault(token), makes);
  }
}
