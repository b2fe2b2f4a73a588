package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class SerialNumberTest {

  @Test
  void randomSerialsHaveTwentyOctetsArePositiveAndBalanced() {
    var random = new SecureRandom();
    var seen = new HashSet<SerialNumber>();
    int[] ones = new int[158];
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      var serial = SerialNumber.random(random);
      assertThat(serial.value().signum()).isOne();
      assertThat(serial.value().toByteArray()).hasSize(20);
      assertThat(seen.add(serial)).isTrue();
      for (int bit = 0; bit < ones.length; bit++) {
        ones[bit] += serial.value().testBit(bit) ? 1 : 0;
      }
    }
    // six standard deviations: sqrt(20000)/2 = 71
    assertThat(Arrays.stream(ones).min().orElseThrow()).isGreaterThan(9_570);
    assertThat(Arrays.stream(ones).max().orElseThrow()).isLessThan(10_430);
  }

  @Test
  void hexGoesBothWaysWithColonsAndUpperCase() {
    var serial = SerialNumber.ofHex("0A:FF:10");
    assertThat(serial.hex()).isEqualTo("0aff10");
    assertThat(SerialNumber.ofHex(serial.hex())).isEqualTo(serial);
  }

  @Test
  void whatIsNoSerialIsRefused() {
    assertThatThrownBy(() -> new SerialNumber(BigInteger.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new SerialNumber(BigInteger.ONE.shiftLeft(159)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SerialNumber.ofHex("xyz"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("xyz");
  }
}
