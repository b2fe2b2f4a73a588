package dev.nameplate.hsm;

import static dev.nameplate.hsm.TestTokens.CLOCK;
import static dev.nameplate.hsm.TestTokens.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TokenLoginTest {

  private static final byte[] DATA = {1, 2, 3};
  private static final String WRONG_PIN = "not the pin";

  private final FaultyPkcs11 library = FaultyPkcs11.softHsm();
  private HsmSettings token;

  @BeforeEach
  void makeAToken() throws IOException {
    token = TestTokens.newToken("nameplate");
  }

  @Test
  void theSessionsOfOneVaultLogInOnce() throws Exception {
    try (var vault = open()) {
      signAtOnce(vault.generate("ca", KeyType.EC_P256).key(), 100);
    }

    assertThat(library.count("C_Login")).isEqualTo(1);
    assertThat(library.count("C_OpenSession")).isLessThanOrEqualTo(token.sessions());
  }

  @Test
  void aWrongPinIsGivenOnce() throws IOException {
    changeThePinFile();

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            HsmException.class,
            refused -> {
              assertThat(refused.function()).contains("C_Login");
              assertThat(refused.ckr()).contains("CKR_PIN_INCORRECT");
              assertThat(refused)
                  .hasMessageStartingWith(
                      "token nameplate: C_Login: CKR_PIN_INCORRECT: no other try is made; put the"
                          + " right PIN into the PIN file "
                          + TestTokens.pinFile(token))
                  .hasMessageEndingWith("--token-label 'nameplate' --login --list-objects");
            });
    assertThat(library.count("C_Login")).isEqualTo(1);
  }

  @Test
  void afterAWrongPinTheTokensFlagStopsTheNextStartToo() throws IOException {
    changeThePinFile();
    assertThatThrownBy(this::open).isInstanceOf(HsmException.class);

    assertThatThrownBy(this::open)
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("CKF_USER_PIN_COUNT_LOW");
    assertThat(library.count("C_Login")).isEqualTo(1);
  }

  @Test
  void whenThePinChangesUnderneathManyCallersMakeOneWrongLogin() throws Exception {
    // Without the flags that SoftHSM has and others have not: the latch alone must hold.
    library.forge("C_GetTokenInfo", TokenInfo.class, TokenLoginTest::withoutPinWarnings);
    try (var vault = open()) {
      var key = vault.generate("ca", KeyType.EC_P256).key();
      assertThat(library.count("C_Login")).isEqualTo(1);
      changeThePinFile();
      library.failNext("C_SignInit", Ckr.CKR_DEVICE_ERROR);

      var signed = signAtOnce(key, 200);

      // those that found a session of the first login; after that nobody
      assertThat(signed).isLessThan(200);
      assertThat(library.count("C_Login")).isEqualTo(2);
      assertThatThrownBy(() -> key.sign(DATA))
          .isInstanceOf(HsmException.class)
          .hasMessageContaining("no login is tried after C_Login: CKR_PIN_INCORRECT");
      assertThat(vault.health())
          .isInstanceOfSatisfying(
              VaultHealth.Down.class,
              down -> assertThat(down.reason()).contains("CKR_PIN_INCORRECT"));
      assertThat(library.count("C_Login")).isEqualTo(2);
    }
  }

  @Test
  void twoVaultsMakeOneWrongLogin() throws IOException {
    library.forge("C_GetTokenInfo", TokenInfo.class, TokenLoginTest::withoutPinWarnings);
    changeThePinFile();
    var module = library.module();

    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> TokenKeyVault.open(module, token, RANDOM, CLOCK, HsmListener.NONE))
          .isInstanceOf(HsmException.class);
    }

    assertThat(library.count("C_Login")).isEqualTo(1);
  }

  @Test
  void aWrongPinOfAnotherProcessStopsUsToo() throws Exception {
    assertThatThrownBy(() -> Tool.pkcs11(token, WRONG_PIN, List.of("--list-objects")))
        .isInstanceOf(AssertionError.class);

    assertThatThrownBy(this::open)
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("no login is tried while CKF_USER_PIN_COUNT_LOW is set");
    assertThat(library.count("C_Login")).isZero();

    Tool.pkcs11(token, "--list-objects"); // the right PIN, by hand
    open().close();
    assertThat(library.count("C_Login")).isEqualTo(1);
  }

  @Test
  void aVendorsOwnCodeAtLoginIsTakenForAWrongPin() {
    library.failNext("C_Login", 0x80000123L);

    assertThatThrownBy(this::open)
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("C_Login: CKR 0x80000123: no other try is made");
    assertThat(library.count("C_Login")).isEqualTo(1);
  }

  @Test
  void aPinFileThatIsOpenToOthersIsRefusedBeforeAnyLogin() throws IOException {
    Files.setPosixFilePermissions(
        TestTokens.pinFile(token), PosixFilePermissions.fromString("rw-r-----"));

    assertThatThrownBy(this::open)
        .isInstanceOf(HsmException.class)
        .hasMessageContaining(TestTokens.pinFile(token) + " is open to others (rw-r-----)");
    assertThat(library.count("C_Login")).isZero();
  }

  @Test
  void noMessageHasThePinInIt() throws IOException {
    changeThePinFile();

    assertThatThrownBy(this::open)
        .satisfies(refused ->
            assertThat(stackTrace(refused)).contains("C_Login").doesNotContain(WRONG_PIN));
    assertThat(token.toString()).doesNotContain(WRONG_PIN);
  }

  private TokenKeyVault open() {
    return TokenKeyVault.open(library.module(), token, RANDOM, CLOCK, HsmListener.NONE);
  }

  private void changeThePinFile() throws IOException {
    Files.writeString(TestTokens.pinFile(token), WRONG_PIN);
  }

  private static TokenInfo withoutPinWarnings(TokenInfo info) {
    return info.withFlags(info.flags() & ~Ck.CKF_USER_PIN_COUNT_LOW);
  }

  /// How many of so many virtual threads got a signature.
  private static int signAtOnce(SigningKey key, int callers) throws InterruptedException {
    int signed = 0;
    Callable<byte[]> sign = () -> key.sign(DATA);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var answer : threads.invokeAll(Collections.nCopies(callers, sign))) {
        try {
          answer.get();
          signed++;
        } catch (ExecutionException refused) {
          assertThat(refused).hasCauseInstanceOf(HsmException.class);
        }
      }
    }
    return signed;
  }

  private static String stackTrace(Throwable thrown) {
    var text = new java.io.StringWriter();
    thrown.printStackTrace(new java.io.PrintWriter(text));
    return text.toString();
  }
}
