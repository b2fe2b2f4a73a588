package dev.nameplate.hsm;

import static dev.nameplate.hsm.TestTokens.CLOCK;
import static dev.nameplate.hsm.TestTokens.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every return code, by every function on the way to a signature, is followed by what it asks of
/// us: with SoftHSM behind, and the calls counted.
class CkrTableTest {

  private static final byte[] DATA = {1, 2, 3};

  // Written down here once more, by number, and not taken from Ckr. All others are the caller's.
  private static final Set<Integer> PIN = Set.of(0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x102);

  private static final Set<Integer> SESSION =
      Set.of(
          0xb0, 0xb3, // the session is closed, or nobody's
          0x90, 0x91, 0x50, 0x202, 0x204, // an operation is in a state that it should not be in
          0x101, // nobody is logged in
          0xb1, 0x201); // there is no room for another session, or for more in this one

  private static final Set<Integer> MODULE =
      Set.of(
          0x2, 0x5, 0x6, 0x190, 0x1a0, 0x1a1, 0x1c1, 0x1c2, // the library
          0x30, 0x31, 0x32, 0x3, 0xe0, 0xe1, 0x208, // the device, the slot, the token
          0x60, 0x82); // handles: with SoftHSM a new session is not enough

  private static HsmSettings token;
  private static KeyLocation location;

  private final FaultyPkcs11 library = FaultyPkcs11.softHsm();
  private TokenKeyVault vault;
  private SigningKey key;

  @BeforeAll
  static void makeAKey() throws IOException {
    token = TestTokens.newToken("nameplate").withSessions(1);
    try (var made = TestTokens.open(token)) {
      location = made.generate("ca", KeyType.EC_P256).location();
    }
  }

  static Stream<Arguments> signing() {
    return combined(List.of("C_SignInit", "C_Sign"));
  }

  static Stream<Arguments> opening() {
    return combined(List.of("C_OpenSession", "C_Login", "C_FindObjectsInit"));
  }

  private static Stream<Arguments> combined(List<String> functions) {
    return functions.stream()
        .flatMap(function ->
            Arrays.stream(Ckr.values())
                .filter(code -> code != Ckr.CKR_OK)
                .map(code -> Arguments.of(function, code)));
  }

  @BeforeEach
  void openTheVault() {
    vault = TokenKeyVault.open(library.module(), token, RANDOM, CLOCK, HsmListener.NONE);
    key = vault.find(location);
  }

  @AfterEach
  void closeTheVault() {
    vault.close();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("signing")
  void whileSigning(String function, Ckr code) {
    key.sign(DATA); // so that the session and the handle of the key are there

    oneFailureIsFollowedAsTheTableSays(function, code);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("opening")
  void whileASessionIsOpened(String function, Ckr code) {
    forgetTheSession();

    oneFailureIsFollowedAsTheTableSays(function, code);
  }

  private void oneFailureIsFollowedAsTheTableSays(String function, Ckr code) {
    library.failNext(function, code);
    long calls = library.count(function);
    long initialized = library.count("C_Initialize");

    if (function.equals("C_Login") && code == Ckr.CKR_USER_ALREADY_LOGGED_IN) {
      // believed, and untrue: the token shows no private key, so that all is begun anew
      assertThatItSigns();
      assertThat(library.count("C_Initialize")).isEqualTo(initialized + 1);
      return;
    }
    switch (expected(code)) {
      case BUSY, STOPPED -> fail("no library says so");
      case SESSION -> {
        assertThatItSigns();
        assertThat(library.count(function)).isEqualTo(calls + 2);
        assertThat(library.count("C_Initialize")).isEqualTo(initialized);
      }
      case MODULE -> {
        assertThatItSigns();
        assertThat(library.count(function)).isEqualTo(calls + 2);
        assertThat(library.count("C_Initialize")).isEqualTo(initialized + 1);
      }
      case CALLER -> {
        assertThatItIsRefusedBy(function, code);
        assertThat(library.count(function)).isEqualTo(calls + 1);
        assertThat(library.count("C_Initialize")).isEqualTo(initialized);
        assertThatItSigns();
      }
      case PIN -> {
        assertThatItIsRefusedBy(function, code);
        assertThat(library.count(function)).isEqualTo(calls + 1);
        long logins = library.count("C_Login");
        assertThatThrownBy(() -> key.sign(DATA))
            .hasMessageContaining("no login is tried after " + function + ": " + code);
        assertThat(library.count("C_Login")).isEqualTo(logins);
        assertThat(library.count("C_Initialize")).isEqualTo(initialized);
      }
    }
  }

  private static Fault expected(Ckr code) {
    int number = Math.toIntExact(code.code());
    if (PIN.contains(number)) {
      return Fault.PIN;
    }
    if (SESSION.contains(number)) {
      return Fault.SESSION;
    }
    return MODULE.contains(number) ? Fault.MODULE : Fault.CALLER;
  }

  private void assertThatItSigns() {
    assertThat(key.publicKey().verifies(key.algorithm(), DATA, key.sign(DATA))).isTrue();
  }

  private void assertThatItIsRefusedBy(String function, Ckr code) {
    assertThatThrownBy(() -> key.sign(DATA))
        .isInstanceOfSatisfying(
            HsmException.class,
            refused -> {
              assertThat(refused.function()).contains(function);
              assertThat(refused.ckr()).contains(code.name());
            });
  }

  /// With it goes the login, and the handle of the key.
  private void forgetTheSession() {
    library.forge("C_Sign", byte[].class, _ -> new byte[64]);
    assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(HsmException.class);
    library.tellTheTruth();
  }
}
