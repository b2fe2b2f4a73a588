package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPublicKey;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RSA keys that can be factored, found in the wild by others (see the README beside them).
@Tag("E1")
@Tag("13")
class RsaModulusTest {

  @ParameterizedTest
  @ValueSource(strings = {"roca-1", "roca-2", "roca-3", "roca-4", "roca-5"})
  void aPublishedKeyWithRocaIsRefused(String name) throws Exception {
    byte[] spki = published(name);

    assertThatThrownBy(() -> PublicKeyInfo.parse(spki))
        .isInstanceOf(UnacceptableKeyException.class)
        .hasMessage("an RSA modulus made by a chip with ROCA (CVE-2017-15361)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"close-1", "close-2"})
  void aPublishedKeyOfCloseFactorsIsRefused(String name) throws Exception {
    byte[] spki = published(name);

    assertThatThrownBy(() -> PublicKeyInfo.parse(spki))
        .isInstanceOf(UnacceptableKeyException.class)
        .hasMessage("an RSA modulus of two factors that lie close together (CVE-2022-26320)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sound-1", "sound-2", "sound-3"})
  void aPublishedKeyWithoutTheseFaultsIsRead(String name) throws Exception {
    assertThat(PublicKeyInfo.parse(published(name)).type()).isEqualTo(KeyType.RSA_2048);
  }

  /// Of the sizes for which nobody published a key: p = k·M + (65537^a mod M), made here.
  @ParameterizedTest
  @ValueSource(ints = {2048, 3072, 4096})
  void aModulusWithTheStructureOfRocaIsRecognizedInEverySize(int bits) {
    // M is the product of the first 126 primes, for 3968 bits and more of the first 225
    var m = product(bits < 3968 ? 126 : 225);
    var random = new Random(bits);
    var modulus = rocaPrime(bits / 2, m, random).multiply(rocaPrime(bits / 2, m, random));

    assertThat(RsaModulus.weakness(modulus))
        .contains("an RSA modulus made by a chip with ROCA (CVE-2017-15361)");
  }

  @Test
  void aModulusWithASmallFactorIsRefusedByTheFactor() {
    var large = BigInteger.probablePrime(2040, new Random(1));

    assertThat(RsaModulus.weakness(large.multiply(BigInteger.valueOf(3))))
        .contains("an RSA modulus that 3 divides");
    assertThat(RsaModulus.weakness(large.multiply(BigInteger.valueOf(751))))
        .contains("an RSA modulus that 751 divides");
    assertThat(RsaModulus.weakness(large.multiply(BigInteger.valueOf(757)))).isEmpty();
  }

  @Test
  void theSquareOfAPrimeHasFactorsThatLieClose() {
    var prime = BigInteger.probablePrime(1024, new Random(2));

    assertThat(RsaModulus.weakness(prime.multiply(prime)))
        .hasValueSatisfying(why -> assertThat(why).contains("close together"));
  }

  @Test
  void keysAsTheJdkMakesThemAreSound() throws Exception {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    for (int i = 0; i < 50; i++) {
      var key = (RSAPublicKey) generator.generateKeyPair().getPublic();
      assertThat(RsaModulus.weakness(key.getModulus())).as("%x", key.getModulus()).isEmpty();
    }
  }

  private static byte[] published(String name) throws IOException {
    try (var file = RsaModulusTest.class.getResourceAsStream("/weak-keys/" + name + ".pem")) {
      var pem = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.US_ASCII);
      return Pem.blocks(pem, "PUBLIC KEY").getFirst();
    }
  }

  private static BigInteger product(int primes) {
    var product = BigInteger.ONE;
    var prime = BigInteger.ONE;
    for (int i = 0; i < primes; i++) {
      prime = prime.nextProbablePrime();
      product = product.multiply(prime);
    }
    return product;
  }

  private static BigInteger rocaPrime(int bits, BigInteger m, Random random) {
    while (true) {
      var power = BigInteger.valueOf(65537).modPow(new BigInteger(64, random), m);
      var factor = new BigInteger(bits - m.bitLength(), random).setBit(bits - m.bitLength() - 1);
      var candidate = factor.multiply(m).add(power);
      if (candidate.bitLength() == bits && candidate.isProbablePrime(50)) {
        return candidate;
      }
    }
  }
}
