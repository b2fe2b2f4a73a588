package dev.nameplate.ca.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyVaults.Place;
import dev.nameplate.ca.testing.InMemoryKeyVault;
import dev.nameplate.ca.testing.KeyVaultContract;
import dev.nameplate.ca.x509.KeyType;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KeyVaultsTest {

  private static final byte[] DATA = {1, 2, 3};

  private final InMemoryKeyVault issuing = new InMemoryKeyVault("issuing");
  private final InMemoryKeyVault ocsp = new InMemoryKeyVault("ocsp");
  private final KeyVaults both =
      new KeyVaults(
          List.of(
              place(issuing, "issuing", KeyPurpose.ISSUING), place(ocsp, "ocsp", KeyPurpose.OCSP)));

  @Nested
  class KeepsTheContract extends KeyVaultContract {

    @Override
    protected KeyVault newVault() {
      return new KeyVaults(List.of(place(new InMemoryKeyVault("one"), "one")));
    }
  }

  @Test
  void aKeyIsMadeWhereKeysOfItsPurposeAre() {
    var ca = both.generate(KeyPurpose.ISSUING, "ca", KeyType.EC_P256);
    var signer = both.generate(KeyPurpose.OCSP, "signer", KeyType.EC_P256);

    assertThat(ca.location().token()).isEqualTo("issuing");
    assertThat(signer.location().token()).isEqualTo("ocsp");
    assertThat(both.find(signer.location()).publicKey()).isEqualTo(signer.key().publicKey());
    assertThat(both.find(ca.location()).publicKey()).isEqualTo(ca.key().publicKey());
  }

  @Test
  void aKeyWhosePurposeNobodyNamesIsMadeInTheFirstToken() {
    assertThat(both.generate(KeyPurpose.ROOT, "root", KeyType.EC_P256).location().token())
        .isEqualTo("issuing");
  }

  @Test
  void whatHappensToOneTokenDoesNotTouchTheKeysInAnother() {
    var ca = both.generate(KeyPurpose.ISSUING, "ca", KeyType.EC_P256);
    var signer = both.generate(KeyPurpose.OCSP, "signer", KeyType.EC_P256);

    issuing.unplug();

    assertThat(both.find(signer.location()).sign(DATA)).isNotEmpty();
    assertThatThrownBy(() -> ca.key().sign(DATA)).isInstanceOf(SigningException.class);
    assertThat(both.health()).isEqualTo(new VaultHealth.Down("the vault issuing is unplugged"));

    issuing.plugBackIn();
    assertThat(both.health()).isEqualTo(new VaultHealth.Up());
  }

  @Test
  void allThatIsDownIsSaid() {
    issuing.unplug();
    ocsp.unplug();

    assertThat(both.health())
        .isEqualTo(
            new VaultHealth.Down("the vault issuing is unplugged; the vault ocsp is unplugged"));
  }

  @Test
  void aTokenForARootMayBeAway() {
    var root = new InMemoryKeyVault("safe");
    var all =
        new KeyVaults(List.of(place(issuing, "issuing"), place(root, "safe", KeyPurpose.ROOT)));

    root.unplug();
    assertThat(all.health()).isEqualTo(new VaultHealth.Degraded("the vault safe is unplugged"));

    issuing.unplug();
    assertThat(all.health()).isEqualTo(new VaultHealth.Down("the vault issuing is unplugged"));
  }

  @Test
  void aTokenThatTheSettingsDoNotNameIsSaid() {
    var there = both.generate("ca", KeyType.EC_P256).location();

    assertThatThrownBy(
            () -> both.find(new KeyLocation("root", "ca", there.id(), there.fingerprint())))
        .isInstanceOf(SigningException.class)
        .hasMessage("key ca is in token root; the settings name only issuing, ocsp");
  }

  @Test
  void twoTokensOfOneLabelAreRefused() {
    assertThatThrownBy(
            () -> new KeyVaults(List.of(place(issuing, "nameplate"), place(ocsp, "nameplate"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("two tokens have the label nameplate");
  }

  @Test
  void twoTokensThatMakeTheSameKeysAreRefused() {
    assertThatThrownBy(() ->
            new KeyVaults(
                List.of(
                    place(issuing, "issuing", KeyPurpose.OCSP),
                    place(ocsp, "ocsp", KeyPurpose.OCSP))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("two tokens make the new keys for OCSP");
  }

  @Test
  void noTokenIsRefused() {
    assertThatThrownBy(() -> new KeyVaults(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  private static Place place(KeyVault vault, String token, KeyPurpose... makes) {
    return new Place(Set.of(token), vault, Set.of(makes));
  }
}
