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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every vault promises about the keys that are in it, whoever put them there.
/// [KeyVaultContract] adds what those promise that make keys.
public abstract class KeyFindingContract {

  static final byte[] DATA = "to be signed".getBytes(StandardCharsets.UTF_8);

  protected KeyVault vault;

  /// A new, empty vault.
  protected abstract KeyVault newVault() throws Exception;

  /// A new key in a vault, put there as its operators do.
  protected abstract GeneratedKey made(KeyVault vault, String label, KeyType type) throws Exception;

  /// Of the keys that these tests have made; a token may make no others.
  protected KeyType type() {
    return KeyType.EC_P256;
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
  void aKeyIsFoundByItsLocation() throws Exception {
    var there = made(vault, "ca", type());

    var found = vault.find(there.location());

    assertThat(found.publicKey()).isEqualTo(there.key().publicKey());
    assertThat(signs(found)).isTrue();
  }

  @Test
  void keysAreToldApart() throws Exception {
    var ca = made(vault, "ca", type());
    var ocsp = made(vault, "ocsp", type());

    assertThat(vault.find(ca.location()).publicKey()).isEqualTo(ca.key().publicKey());
    assertThat(vault.find(ocsp.location()).publicKey()).isEqualTo(ocsp.key().publicKey());
    assertThat(ca.key().publicKey()).isNotEqualTo(ocsp.key().publicKey());
  }

  @Test
  void aKeyThatIsNotThereIsRefused() throws Exception {
    var there = made(vault, "ca", type()).location();

    assertRefused(new KeyLocation(there.token(), "other", there.id(), there.fingerprint()));
  }

  @Test
  void aKeyInAnotherTokenIsRefused() throws Exception {
    var there = made(vault, "ca", type()).location();

    assertRefused(new KeyLocation("elsewhere", there.label(), there.id(), there.fingerprint()));
  }

  @Test
  void aKeyWithAnotherPublicKeyIsRefused() throws Exception {
    var there = made(vault, "ca", type()).location();
    var another = new KeyFingerprint("ab".repeat(32));

    assertRefused(new KeyLocation(there.token(), there.label(), there.id(), another));
  }

  @Test
  void anOpenVaultIsUp() {
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
  }

  @Test
  void aClosedVaultIsDownAndItsKeysSignNoMore() throws Exception {
    var key = made(vault, "ca", type()).key();

    vault.close();

    assertThat(vault.health()).isInstanceOf(VaultHealth.Down.class);
    assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(SigningException.class);
  }

  @Test
  void closingTwiceIsClosing() {
    vault.close();
    vault.close();

    assertThat(vault.health()).isInstanceOf(VaultHealth.Down.class);
  }

  protected final void assertRefused(KeyLocation location) {
    assertThatThrownBy(() -> vault.find(location)).isInstanceOf(SigningException.class);
  }

  protected static boolean signs(SigningKey key) {
    return key.publicKey().verifies(key.algorithm(), DATA, key.sign(DATA));
  }
}
