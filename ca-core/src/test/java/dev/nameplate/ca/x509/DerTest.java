package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("U9")
class DerTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0500",
        "3000",
        "30050201050500",
        "300430023000",
        "30810430023000",
        "9f8a390201ff",
        "bf8a3903020105"
      })
  void wholeValuesWithinEachOtherPass(String hex) {
    assertThatCode(() -> Der.checkStructure(bytes(hex))).doesNotThrowAnyException();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "'', a value that ends too soon",
    "30, a value that ends too soon",
    "3f, a value that ends too soon",
    "3f81, a value that ends too soon",
    "3082, a value that ends too soon",
    "308205, a value that ends too soon",
    "30020201, a value that is longer than what surrounds it",
    "300302ff05, a length of indefinite form or of 127 octets",
    "30800000, a length of indefinite form or of 0 octets",
    "30850000000000, a length of indefinite form or of 5 octets",
    "3084ffffffff, a value that is longer than what surrounds it",
    "30847fffffff, a value that is longer than what surrounds it",
    "300102, a value that ends too soon",
    "050000, 1 bytes behind its end",
    "30000500, 2 bytes behind its end"
  })
  void otherBytesAreRefused(String hex, String message) {
    assertThatThrownBy(() -> Der.checkStructure(bytes(hex)))
        .isInstanceOf(MalformedDerException.class)
        .hasMessage(message);
  }

  @Test
  void anObjectIdentifierThatTakesLongToPrintIsRefused() {
    byte[] encoded = new byte[2 + 65];
    encoded[0] = 6;
    encoded[1] = 65;

    assertThatThrownBy(() -> Der.checkStructure(encoded))
        .isInstanceOf(MalformedDerException.class)
        .hasMessage("an object identifier of 65 octets");
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
