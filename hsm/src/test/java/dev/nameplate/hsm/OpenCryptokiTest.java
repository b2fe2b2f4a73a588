package dev.nameplate.hsm;

import static dev.nameplate.hsm.TestTokens.CLOCK;
import static dev.nameplate.hsm.TestTokens.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.testing.KeyVaultContract;
import dev.nameplate.ca.testing.SigningKeyContract;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A third library, and a token that really locks its PIN, after five wrong ones. What has the tag
/// `root` needs root, and is not in the build of anybody else.
class OpenCryptokiTest {

  private static final Set<KeyType> RSA =
      EnumSet.of(KeyType.RSA_2048, KeyType.RSA_3072, KeyType.RSA_4096);

  @Test
  void withoutRootTheDaemonSaysThatItNeedsItAndDoesNotStart() throws Exception {
    var command = new ArrayList<String>();
    if (OpenCryptoki.isRoot()) {
      command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    command.add(OpenCryptoki.daemon().toString());

    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isNotZero();
    assertThat(said).contains("This daemon needs root");
  }

  @Nested
  @Tag("root")
  class LocksItsPin {

    private static final String WRONG_PIN = "7654321";

    private OpenCryptoki openCryptoki;
    private HsmSettings token;

    @BeforeEach
    void makeAToken() throws IOException {
      openCryptoki = OpenCryptoki.start();
      token = openCryptoki.token();
    }

    @AfterEach
    void stop() throws IOException {
      openCryptoki.close();
    }

    @Test
    void afterOneWrongPinTheTokenIsLeftAloneHoweverOftenWeStart() throws Exception {
      open().close();
      Files.writeString(TestTokens.pinFile(token), WRONG_PIN);
      assertThatThrownBy(this::open)
          .hasMessageStartingWith("token ock: C_Login: CKR_PIN_INCORRECT: no other try is made");

      for (int start = 0; start < 10; start++) {
        assertThatThrownBy(this::openedAnew)
            .isInstanceOf(HsmException.class)
            .hasMessageContaining("no login is tried while CKF_USER_PIN_COUNT_LOW is set");
      }

      Files.writeString(TestTokens.pinFile(token), OpenCryptoki.PIN);
      Tool.pkcs11(token, "--list-objects"); // as the message says; a locked token would refuse
      openedAnew().close();
    }

    @Test
    void aTokenThatIsLockedIsNotAskedAndTheMessageNamesTheWayOut() throws Exception {
      Files.writeString(TestTokens.pinFile(token), WRONG_PIN);
      for (int wrong = 0; wrong < 6; wrong++) {
        assertThatThrownBy(() -> Tool.pkcs11(token, "--list-objects"))
            .isInstanceOf(AssertionError.class);
      }
      Files.writeString(TestTokens.pinFile(token), OpenCryptoki.PIN);

      assertThatThrownBy(this::openedAnew)
          .isInstanceOf(HsmException.class)
          .hasMessageContaining("no login is tried while CKF_USER_PIN_LOCKED is set")
          .hasMessageContaining("--login-type so --init-pin");
    }

    private TokenKeyVault open() {
      return TokenKeyVault.open(token, RANDOM, CLOCK);
    }

    /// As after a restart: nothing is remembered but what the token remembers.
    private TokenKeyVault openedAnew() {
      var _ = Pkcs11Module.at(token.module(), token.environment()); // which the library reads once
      var module = new Pkcs11Module("openCryptoki", NativePkcs11.load(token.module()));
      return TokenKeyVault.open(module, token, RANDOM, CLOCK, HsmListener.NONE);
    }
  }

  @Nested
  @Tag("root")
  class KeepsTheContractOfVaults extends KeyVaultContract {

    private @Nullable OpenCryptoki openCryptoki;

    @Override
    protected KeyVault newVault() throws IOException {
      var started = OpenCryptoki.start();
      openCryptoki = started;
      return TestTokens.open(started.token());
    }

    @Override
    protected KeyType type() {
      return KeyType.RSA_2048;
    }

    @Override
    protected KeyType anotherType() {
      return KeyType.RSA_3072;
    }

    @AfterEach
    void stop() throws IOException {
      if (openCryptoki != null) {
        openCryptoki.close();
      }
    }
  }

  @Nested
  @Tag("root")
  class KeepsTheContractOfKeys extends SigningKeyContract {

    private final List<SigningKey> keys = new ArrayList<>();
    private OpenCryptoki openCryptoki;
    private TokenKeyVault vault;
    private TokenKeyVault pss;

    @BeforeAll
    void makeKeys() throws IOException {
      openCryptoki = OpenCryptoki.start();
      var token = openCryptoki.token();
      vault = TestTokens.open(token);
      pss = TestTokens.open(token.withKeys(token.keys().with(RsaSignatures.PSS)));
      for (var type : RSA) {
        keys.add(vault.generate("pkcs1-" + type.text(), type).key());
        keys.add(pss.generate("pss-" + type.text(), type).key());
      }
    }

    @AfterAll
    void stop() throws IOException {
      pss.close();
      vault.close();
      openCryptoki.close();
    }

    @Override
    protected Stream<SigningKey> keys() {
      return keys.stream();
    }
  }

  @Nested
  @Tag("root")
  class SaysWhatItDoesNotOffer {

    private OpenCryptoki openCryptoki;

    @BeforeEach
    void makeAToken() throws IOException {
      openCryptoki = OpenCryptoki.start();
    }

    @AfterEach
    void stop() throws IOException {
      openCryptoki.close();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "RSA_.*")
    void itsKeysAreRsaKeys(KeyType type) {
      try (var vault = TestTokens.open(openCryptoki.token())) {
        assertThatThrownBy(() -> vault.generate("ca", type))
            .isInstanceOf(HsmException.class)
            .hasMessageContaining(
                "the token cannot make keys of type " + type.text() + ": it has no CKM_");
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "private.CKA_COPYABLE = false ask demand",
          "private.CKA_ALLOWED_MECHANISMS = signing ask demand"
        })
    void itsTemplateIsAllThatItKnowsAndMoreLeavesNoKeyBehind(String more) throws IOException {
      var token = openCryptoki.token();
      var asked = token.keys().with(TemplateProfile.parse("more", usual() + more));
      try (var vault = TestTokens.open(token.withKeys(asked))) {
        assertThatThrownBy(() -> vault.generate("ca", KeyType.RSA_2048))
            .isInstanceOf(HsmException.class)
            .hasMessageContaining("CKR_ATTRIBUTE_TYPE_INVALID");

        assertThat(vault.keys()).isEmpty();
      }
    }

    private static String usual() throws IOException {
      try (var file =
          Objects.requireNonNull(
              TemplateProfile.class.getResourceAsStream("templates/opencryptoki.properties"))) {
        return new String(file.readAllBytes(), StandardCharsets.UTF_8);
      }
    }
  }
}
