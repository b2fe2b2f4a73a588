package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyVault.GeneratedKey;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Errors as C makes them: in front of the real function, which then has an operation open that
/// nobody ends, and behind it.
class FaultyFunctionsTest {

  private static final byte[] DATA = {1, 2, 3};

  private FaultyFunctions functions;
  private TokenKeyVault vault;
  private GeneratedKey first;
  private GeneratedKey second;

  @BeforeEach
  void makeTwoKeys() throws IOException {
    functions = new FaultyFunctions(HsmSettings.SOFTHSM);
    var token = TestTokens.newToken("nameplate").withSessions(1);
    vault =
        TokenKeyVault.open(
            functions.module(), token, TestTokens.RANDOM, TestTokens.CLOCK, HsmListener.NONE);
    first = vault.generate("first", KeyType.EC_P256);
    second = vault.generate("second", KeyType.EC_P384);
  }

  @AfterEach
  void close() {
    vault.close();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
            Ckr.CKR_OPERATION_ACTIVE,
            Ckr.CKR_OPERATION_NOT_INITIALIZED,
            Ckr.CKR_SESSION_CLOSED,
            Ckr.CKR_SESSION_HANDLE_INVALID,
            Ckr.CKR_USER_NOT_LOGGED_IN,
            Ckr.CKR_FUNCTION_FAILED,
            Ckr.CKR_DEVICE_ERROR,
            Ckr.CKR_KEY_HANDLE_INVALID)
        .flatMap(code ->
            Stream.of(CFunction.C_SIGN_INIT, CFunction.C_SIGN)
                .flatMap(function ->
                    Stream.of(
                        Arguments.of(function, code, true), Arguments.of(function, code, false))));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void oneFaultCostsNobodyASignatureAndNoneIsByAnotherKey(
      CFunction function, Ckr code, boolean before) {
    if (before) {
      functions.failBefore(function, code.code());
    } else {
      functions.failAfter(function, code.code());
    }

    for (var key : new GeneratedKey[] {first, second, first}) {
      var signature = key.key().sign(DATA);

      assertThat(key.key().publicKey().verifies(key.key().algorithm(), DATA, signature)).isTrue();
    }
  }

  @Test
  void anErrorThatWillNotGoAwayIsToldAsItIsAndTheNextCallerIsServed() {
    functions.failBefore(CFunction.C_SIGN, Ckr.CKR_KEY_FUNCTION_NOT_PERMITTED.code());

    assertThatThrownBy(() -> first.key().sign(DATA))
        .isInstanceOfSatisfying(
            HsmException.class,
            failed -> {
              assertThat(failed.function()).contains("C_Sign");
              assertThat(failed.ckr()).contains("CKR_KEY_FUNCTION_NOT_PERMITTED");
            });
    assertThat(second.key().sign(DATA)).isNotEmpty();
  }

  @Test
  void aCodeThatNoStandardKnowsIsToldByItsNumber() {
    for (int i = 0; i < 2; i++) {
      functions.failBefore(CFunction.C_SIGN, 0x8000_0042L);
    }

    assertThatThrownBy(() -> first.key().sign(DATA)).hasMessageContaining("CKR 0x80000042");
  }

  @Test
  void aKeyWhoseAttributesCannotBeReadBackIsDestroyed() {
    functions.failBefore(CFunction.C_GET_ATTRIBUTE_VALUE, Ckr.CKR_FUNCTION_FAILED.code());

    assertThatThrownBy(() -> vault.generate("third", KeyType.EC_P256))
        .hasMessageContaining("C_GetAttributeValue: CKR_FUNCTION_FAILED");
    assertThat(vault.keys()).hasSize(2);
  }
}
