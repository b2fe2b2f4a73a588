package dev.nameplate.hsm;

import static dev.nameplate.hsm.TestTokens.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.testing.KeyVaultContract;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TokenKeyVaultTest {

  private static final byte[] DATA = {1, 2, 3};

  @Nested
  class KeepsTheContract extends KeyVaultContract {

    @Override
    protected KeyVault newVault() throws IOException {
      return TestTokens.open(TestTokens.newToken("contract"));
    }
  }

  @Test
  void keysAreStillThereWhenTheTokenIsOpenedAgain() throws IOException {
    var token = TestTokens.newToken("nameplate");
    KeyLocation location;
    try (var vault = TestTokens.open(token)) {
      location = vault.generate("ca", KeyType.EC_P256).location();
    }

    try (var vault = TestTokens.open(token)) {
      var key = vault.find(location);
      assertThat(key.publicKey().verifies(key.algorithm(), DATA, key.sign(DATA))).isTrue();
    }
  }

  @Test
  void twoTokensOfOneLibraryAreOpenAtOnce() throws IOException {
    var softHsm = new SoftHsm(TestTokens.newFolder());
    var rootToken = softHsm.createToken("root", RANDOM);
    var issuingToken = softHsm.createToken("issuing", RANDOM);

    try (var issuing = TestTokens.open(issuingToken)) {
      var key = issuing.generate("ca", KeyType.EC_P256);
      try (var root = TestTokens.open(rootToken)) {
        assertThatThrownBy(() -> root.find(key.location())).isInstanceOf(HsmException.class);
        assertThat(root.generate("ca", KeyType.EC_P256).key().publicKey())
            .isNotEqualTo(key.key().publicKey());
      }
      assertThat(key.key().sign(DATA)).isNotEmpty();
    }
  }

  @Test
  void oneTokenIsOpenTwiceAndClosingOneLeavesTheOtherLoggedIn() throws IOException {
    var token = TestTokens.newToken("nameplate");

    try (var one = TestTokens.open(token)) {
      var location = one.generate("ca", KeyType.EC_P256).location();
      try (var other = TestTokens.open(token)) {
        assertThat(other.find(location).sign(DATA)).isNotEmpty();
      }
      assertThat(one.find(location).sign(DATA)).isNotEmpty();
    }
  }

  @Test
  void aTokenMadeWhileAnotherIsOpenCanBeOpened() throws IOException {
    var softHsm = new SoftHsm(TestTokens.newFolder());
    var first = softHsm.createToken("first", RANDOM);

    try (var _ = TestTokens.open(first)) {
      var second = softHsm.createToken("second", RANDOM);
      try (var vault = TestTokens.open(second)) {
        assertThat(vault.generate("ca", KeyType.EC_P256).key().sign(DATA)).isNotEmpty();
      }
    }
  }

  @Test
  void oneLibraryHasOneEnvironmentAtATime() throws IOException {
    var here = TestTokens.newToken("here");
    var elsewhere = TestTokens.newToken("elsewhere");

    try (var _ = TestTokens.open(here)) {
      assertThatThrownBy(() -> TestTokens.open(elsewhere))
          .isInstanceOf(HsmException.class)
          .hasMessageContaining("is in use with the environment");
    }
    try (var vault = TestTokens.open(elsewhere)) {
      assertThat(vault.health()).isNotNull();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ML_DSA_44", "ML_DSA_65", "ML_DSA_87"})
  void keysThatTheTokenCannotMakeAreRefusedByTheNameOfWhatItLacks(KeyType type) throws IOException {
    try (var vault = TestTokens.open(TestTokens.newToken("nameplate"))) {
      assertThatThrownBy(() -> vault.generate("ca", type))
          .isInstanceOf(HsmException.class)
          .hasMessage(
              "token nameplate: the token cannot make keys of type "
                  + type.text()
                  + ": it has no CKM_ML_DSA_KEY_PAIR_GEN");
    }
  }

  @Test
  void aTokenThatIsNotThereIsRefused() throws IOException {
    var softHsm = new SoftHsm(TestTokens.newFolder());
    softHsm.createToken("nameplate", RANDOM);

    assertThatThrownBy(() -> TestTokens.open(softHsm.token("other")))
        .isInstanceOf(HsmException.class)
        .hasMessage("token other: C_GetSlotList: no token has this label");
  }

  @Test
  void twoTokensWithOneLabelAreRefused() throws Exception {
    var token = TestTokens.newToken("nameplate");
    Tool.softHsmInitToken(token, "nameplate");

    assertThatThrownBy(() -> TestTokens.open(token))
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("several tokens have this label; their serials are [");
  }

  @Test
  void twoKeysOfOneNameAreRefused() throws Exception {
    var token = TestTokens.newToken("nameplate");
    KeyLocation location;
    try (var vault = TestTokens.open(token)) {
      location = vault.generate("ca", KeyType.EC_P256).location();
    }
    Tool.pkcs11(
        token,
        "--keypairgen",
        "--key-type",
        "EC:prime256v1",
        "--label",
        "ca",
        "--id",
        location.id());

    try (var vault = TestTokens.open(token)) {
      assertThatThrownBy(() -> vault.find(location))
          .isInstanceOf(HsmException.class)
          .hasMessageContaining("C_FindObjects: there are several private keys ca (id ");
    }
  }

  @Test
  void aKeyThatIsNotQuiteTheOneIsRefusedAndSaidHow() throws IOException {
    try (var vault = TestTokens.open(TestTokens.newToken("nameplate"))) {
      var there = vault.generate("ca", KeyType.EC_P256).location();
      var another = new KeyFingerprint("ab".repeat(32));

      assertThatThrownBy(
              () -> vault.find(new KeyLocation("nameplate", "ca", "0a", there.fingerprint())))
          .hasMessage("token nameplate: key ca has the CKA_ID %s, not 0a".formatted(there.id()));
      assertThatThrownBy(() ->
              vault.find(new KeyLocation("nameplate", "ocsp", there.id(), there.fingerprint())))
          .hasMessage(
              "token nameplate: the key with the CKA_ID %s is called ca, not ocsp"
                  .formatted(there.id()));
      assertThatThrownBy(() -> vault.find(new KeyLocation("nameplate", "ca", there.id(), another)))
          .hasMessage(
              "key ca (id %s) in token nameplate has the fingerprint %s, not %s"
                  .formatted(there.id(), there.fingerprint(), another));
      assertThatThrownBy(
              () -> vault.find(new KeyLocation("other", "ca", there.id(), there.fingerprint())))
          .hasMessage("key ca is in token other, this is nameplate");
      assertThatThrownBy(
              () -> vault.find(new KeyLocation("nameplate", "x", "0a", there.fingerprint())))
          .hasMessage("token nameplate: C_FindObjects: there is no private key x (id 0a)");
    }
  }

  @Test
  void aTokenThatIsAwayAtTheStartIsOpenedWhenItIsThere() throws IOException {
    var softHsm = new SoftHsm(TestTokens.newFolder());
    softHsm.createToken("other", RANDOM);
    var now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

    try (var vault =
        TokenKeyVault.expect(softHsm.token("late"), RANDOM, now::get, HsmListener.NONE)) {
      assertThat(vault.health())
          .asString()
          .startsWith("Down[reason=token late: C_GetSlotList: no token has this label");

      softHsm.createToken("late", RANDOM);
      now.set(now.get().plusSeconds(60));

      assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
      assertThat(vault.generate("ca", KeyType.EC_P256).key().sign(DATA)).isNotEmpty();
    }
  }

  @Test
  void aLocationThatIsNoneIsRefused() throws IOException {
    try (var vault = TestTokens.open(TestTokens.newToken("nameplate"))) {
      var there = vault.generate("ca", KeyType.EC_P256).location();

      assertThatThrownBy(
              () -> vault.find(new KeyLocation("nameplate", "ca", "xyz", there.fingerprint())))
          .isInstanceOf(HsmException.class)
          .hasMessage("the id of key ca is not hex: xyz");
    }
  }

  @Test
  void aClosedVaultLeavesNoThreadBehind() throws IOException {
    var vault = TestTokens.open(TestTokens.newToken("threads"));
    assertThat(lanes()).isEqualTo(4);

    vault.close();

    assertThat(lanes()).isZero();
  }

  private static long lanes() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("hsm-threads-"))
        .count();
  }
}
