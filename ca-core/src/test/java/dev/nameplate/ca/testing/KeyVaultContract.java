package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.KeyVault.GeneratedKey;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.KeyType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every vault promises.
public abstract class KeyVaultContract {

  private static final byte[] DATA = "to be signed".getBytes(StandardCharsets.UTF_8);

  private KeyVault vault;

  /// A new, empty vault.
  protected abstract KeyVault newVault() throws Exception;

  /// Whether the vault lets no key out, as it should; if not, the evidence must say so.
  protected boolean keepsKeysIn() {
    return true;
  }

  @BeforeEach
  void openTheVault() throws Exception {
    vault = newVault();
  }

  @AfterEach
  void closeTheVault() {
    vault.close();
  }

  @Test
  void aGeneratedKeyIsOfTheTypeAskedForAndSigns() {
    var generated = vault.generate("ca", KeyType.EC_P384);

    assertThat(generated.key().publicKey().type()).isEqualTo(KeyType.EC_P384);
    assertThat(signs(generated.key())).isTrue();
  }

  @Test
  void theLocationOfAGeneratedKeySaysWhatItIs() {
    var generated = vault.generate("ca", KeyType.EC_P256);

    assertThat(generated.location().label()).isEqualTo("ca");
    assertThat(generated.location().id()).matches("([0-9a-f]{2})+");
    assertThat(generated.location().fingerprint())
        .isEqualTo(generated.key().publicKey().fingerprint());
  }

  @Test
  void aGeneratedKeyIsFoundAgainByItsLocation() {
    var generated = vault.generate("ca", KeyType.EC_P256);

    var found = vault.find(generated.location());

    assertThat(found.publicKey()).isEqualTo(generated.key().publicKey());
    assertThat(signs(found)).isTrue();
  }

  @Test
  void keysAreToldApart() {
    var ca = vault.generate("ca", KeyType.EC_P256);
    var ocsp = vault.generate("ocsp", KeyType.EC_P256);

    assertThat(vault.find(ca.location()).publicKey()).isEqualTo(ca.key().publicKey());
    assertThat(vault.find(ocsp.location()).publicKey()).isEqualTo(ocsp.key().publicKey());
    assertThat(ca.location().id()).isNotEqualTo(ocsp.location().id());
    assertThat(ca.key().publicKey()).isNotEqualTo(ocsp.key().publicKey());
  }

  @Test
  void theEvidenceOfAKeyHoldsItsSignatureOverTheNonce() {
    var generated = vault.generate("ca", KeyType.EC_P256);

    var evidence = vault.evidence(generated.location(), DATA, Instant.EPOCH);

    var proof = evidence.proof();
    assertThat(evidence.key()).isEqualTo(generated.location());
    assertThat(proof.nonce()).isEqualTo(HexFormat.of().formatHex(DATA));
    assertThat(proof.signed()).contains(proof.nonce(), generated.location().fingerprint().hex());
    assertThat(
            evidence
                .publicKey()
                .verifies(
                    generated.key().algorithm(),
                    proof.signed().getBytes(StandardCharsets.UTF_8),
                    Base64.getDecoder().decode(proof.signature())))
        .isTrue();
    assertThat(evidence.exposures().isEmpty()).isEqualTo(keepsKeysIn());
    assertThat(evidence.limits()).isNotEmpty();
  }

  @Test
  void aLabelIsGivenOnce() {
    var first = vault.generate("ca", KeyType.EC_P256);

    assertThatThrownBy(() -> vault.generate("ca", KeyType.EC_P256))
        .isInstanceOf(SigningException.class)
        .hasMessageContaining("ca");
    assertThat(signs(vault.find(first.location()))).isTrue();
  }

  @Test
  void ofManyCallersWhoWantOneLabelOneGetsIt() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<GeneratedKey> generate = () -> vault.generate("ca", KeyType.EC_P256);
      var attempts = threads.invokeAll(Collections.nCopies(8, generate));

      var made = new ArrayList<GeneratedKey>();
      for (var attempt : attempts) {
        try {
          made.add(attempt.get());
        } catch (ExecutionException refused) {
          assertThat(refused).hasCauseInstanceOf(SigningException.class);
        }
      }
      assertThat(made).hasSize(1);
      assertThat(signs(vault.find(made.getFirst().location()))).isTrue();
    }
  }

  @Test
  void aKeyThatIsNotThereIsRefused() {
    var there = vault.generate("ca", KeyType.EC_P256).location();

    assertRefused(new KeyLocation(there.token(), "other", there.id(), there.fingerprint()));
  }

  @Test
  void aKeyWithAnotherIdIsRefused() {
    var there = vault.generate("ca", KeyType.EC_P256).location();

    assertRefused(new KeyLocation(there.token(), there.label(), "00", there.fingerprint()));
  }

  @Test
  void aKeyInAnotherTokenIsRefused() {
    var there = vault.generate("ca", KeyType.EC_P256).location();

    assertRefused(new KeyLocation("elsewhere", there.label(), there.id(), there.fingerprint()));
  }

  @Test
  void aKeyWithAnotherPublicKeyIsRefused() {
    var there = vault.generate("ca", KeyType.EC_P256).location();
    var another = new KeyFingerprint("ab".repeat(32));

    assertRefused(new KeyLocation(there.token(), there.label(), there.id(), another));
  }

  @Test
  void anOpenVaultIsUp() {
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
  }

  @Test
  void aClosedVaultIsDownAndItsKeysSignNoMore() {
    var key = vault.generate("ca", KeyType.EC_P256).key();

    vault.close();

    assertThat(vault.health()).isInstanceOf(VaultHealth.Down.class);
    assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(SigningException.class);
    assertThatThrownBy(() -> vault.generate("ocsp", KeyType.EC_P256))
        .isInstanceOf(SigningException.class);
  }

  @Test
  void closingTwiceIsClosing() {
    vault.close();
    vault.close();

    assertThat(vault.health()).isInstanceOf(VaultHealth.Down.class);
  }

  private void assertRefused(KeyLocation location) {
    assertThatThrownBy(() -> vault.find(location)).isInstanceOf(SigningException.class);
  }

  private static boolean signs(SigningKey key) {
    return key.publicKey().verifies(key.algorithm(), DATA, key.sign(DATA));
  }
}
