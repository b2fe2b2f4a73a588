package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.KeyVault.GeneratedKey;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.testing.KeyFindingContract;
import dev.nameplate.ca.testing.SigningKeyContract;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The driver `jca` with the JDK's SunPKCS11 and SoftHSM.
class JcaKeyVaultTest {

  @Nested
  class KeepsTheContract extends KeyFindingContract {

    private final SunPkcs11 vendor = SunPkcs11.newToken();

    KeepsTheContract() throws IOException {}

    @Override
    protected KeyVault newVault() {
      return vendor.open();
    }

    @Override
    protected GeneratedKey made(KeyVault vault, String label, KeyType type) throws Exception {
      var location = vendor.made(label, type).location();
      return new GeneratedKey(location, vault.find(location));
    }

    @Test
    void aKeyIsNotMade() {
      assertThatThrownBy(() -> vault.generate("ca", KeyType.EC_P256))
          .isInstanceOf(HsmException.class)
          .hasMessageStartingWith("token vendor: the driver jca makes no keys: make ca with the")
          .hasMessageContaining("or let a token with the driver pkcs11 make such keys");
    }

    @Test
    void anIdIsNotSeenAndNotCompared() throws Exception {
      var there = made(vault, "ca", KeyType.EC_P256).location();
      var other = new KeyLocation(there.token(), there.label(), "00", there.fingerprint());

      assertThat(signs(vault.find(other))).isTrue();
    }

    @Test
    void aKeyWithoutACertificateIsNotSeen() throws Exception {
      var bare = vendor.madeBare("bare", KeyType.EC_P256).location();
      vendor.made("ca", KeyType.EC_P256);

      assertThatThrownBy(() -> vault.find(bare))
          .isInstanceOf(HsmException.class)
          .hasMessageContaining(" shows no key with the alias bare, but [ca]: it sees a key only ")
          .hasMessageContaining("--type cert --id " + bare.id() + " --label bare");
    }

    @Test
    void anotherKeysCertificateIsFoundOutBeforeAnythingIsSigned() throws Exception {
      var one = vendor.madeBare("one", KeyType.EC_P256);
      var other = vendor.madeBare("other", KeyType.EC_P256);
      // one's certificate, as if it were other's
      vendor.writeCertificate(one, other.location().id());

      assertThatThrownBy(() -> vault.find(one.location()))
          .isInstanceOf(HsmException.class)
          .hasMessage(
              "token vendor: the signature by key one does not verify and was not released");
    }

    @Test
    void aCertificateOfAnotherPublicKeyIsSaid() throws Exception {
      var there = made(vault, "ca", KeyType.EC_P256).location();
      var another = new KeyFingerprint("ab".repeat(32));

      assertThatThrownBy(
              () -> vault.find(new KeyLocation(there.token(), there.label(), there.id(), another)))
          .hasMessage(
              "token vendor: the certificate beside key ca is of the public key %s, not %s"
                  .formatted(there.fingerprint(), another));
    }
  }

  @Nested
  class ItsKeysKeepTheContract extends SigningKeyContract {

    private final List<SigningKey> keys = new ArrayList<>();
    private JcaKeyVault vault;

    @BeforeAll
    void makeKeys() throws Exception {
      var vendor = SunPkcs11.newToken();
      var made = new ArrayList<SunPkcs11.Made>();
      for (var type :
          List.of(KeyType.EC_P256, KeyType.EC_P384, KeyType.RSA_2048, KeyType.RSA_3072)) {
        made.add(vendor.made(type.text(), type));
      }
      vault = vendor.open();
      made.forEach(each -> keys.add(vault.find(each.location())));
    }

    @AfterAll
    void closeTheVault() {
      vault.close();
    }

    @Override
    protected Stream<SigningKey> keys() {
      return keys.stream();
    }
  }

  @Test
  void aWrongPinIsGivenOnce() throws IOException {
    var vendor = SunPkcs11.newToken();
    Files.writeString(TestTokens.pinFile(vendor.token()), "0000\n");

    assertThatThrownBy(vendor::open)
        .isInstanceOf(HsmException.class)
        .hasMessageStartingWith("token vendor: provider SunPKCS11-")
        .hasMessageContaining("CKR_PIN_INCORRECT");
  }

  @Test
  void aProviderThatIsNoneIsSaid() throws IOException {
    var settings = SunPkcs11.newToken().settings();

    assertThatThrownBy(
            () -> JcaKeyVault.open(with(settings, "com.example.Vendor"), TestTokens.CLOCK))
        .hasMessage(
            "token vendor: there is no JCA provider com.example.Vendor: neither installed in this"
                + " JDK, nor a provider's class on the class path");
    assertThatThrownBy(() -> JcaKeyVault.open(with(settings, "java.lang.String"), TestTokens.CLOCK))
        .hasMessageContaining("there is no JCA provider java.lang.String");
  }

  @Test
  void aConfigurationThatIsNoneIsSaid() throws IOException {
    var settings = SunPkcs11.newToken().settings();
    Files.writeString(settings.configuration().orElseThrow(), "name = x\nlibrary = /nowhere.so\n");

    assertThatThrownBy(() -> JcaKeyVault.open(settings, TestTokens.CLOCK))
        .hasMessageContaining("provider SunPKCS11 cannot be configured with ")
        .hasMessageContaining("/nowhere.so");
  }

  @Test
  void aTokenThatIsAwayAtTheStartIsDownAndSaysSo() throws IOException {
    var settings = with(SunPkcs11.newToken().settings(), "com.example.Vendor");

    try (var vault = JcaKeyVault.expect(settings, TestTokens.CLOCK)) {
      assertThat(vault.health())
          .isInstanceOfSatisfying(
              VaultHealth.Down.class,
              down ->
                  assertThat(down.reason())
                      .startsWith("token vendor: there is no JCA provider")
                      .endsWith("(it is tried again when this process starts again)"));
    }
  }

  private static JcaSettings with(JcaSettings settings, String provider) {
    return new JcaSettings(
        settings.token(),
        provider,
        Optional.empty(),
        settings.keyStore(),
        settings.pin(),
        settings.sessions(),
        settings.queueLimit(),
        settings.deadline());
  }
}
