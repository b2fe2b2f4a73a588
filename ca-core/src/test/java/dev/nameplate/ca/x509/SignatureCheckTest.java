package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Whoever checks signatures says what Bouncy Castle says.
class SignatureCheckTest {

  private static final long SEED = 20261123;

  static Stream<Arguments> whatFits() {
    return Stream.of(KeyType.values())
        .flatMap(type ->
            Stream.of(SignatureAlgorithm.values())
                .filter(algorithm -> algorithm.fits(type))
                .map(algorithm -> Arguments.of(type, algorithm)));
  }

  @ParameterizedTest
  @MethodSource("whatFits")
  void goodAndMutatedSignaturesGetTheSameAnswer(KeyType type, SignatureAlgorithm algorithm)
      throws Exception {
    var key = SoftwareKey.generate(type);
    var info = key.publicKey();
    var ours = SignatureCheck.of(info);
    var reference = SignatureCheck.byBouncyCastle(info);
    var chance = new Random(SEED);
    var data = new byte[300];
    chance.nextBytes(data);
    byte[] good = sign(key, algorithm, data);

    assertThat(ours.verifies(algorithm, data, good)).isTrue();
    assertThat(reference.verifies(algorithm, data, good)).isTrue();
    for (var signature : mutations(good, chance)) {
      assertThat(ours.verifies(algorithm, data, signature))
          .as("%s %s", type, HexFormat.of().formatHex(signature))
          .isEqualTo(reference.verifies(algorithm, data, signature));
    }
    for (int i = 0; i < 50; i++) {
      byte[] other = data.clone();
      other[chance.nextInt(other.length)] ^= (byte) (1 << chance.nextInt(8));
      assertThat(ours.verifies(algorithm, other, good)).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      names = {"EC_P256", "EC_P384", "EC_P521"})
  void ecdsaNumbersOutOfRangeOrInAnotherEncodingAreNoSignature(KeyType type) throws Exception {
    var key = SoftwareKey.generate(type);
    var info = key.publicKey();
    byte[] data = {1, 2, 3};
    byte[] good = key.sign(data);
    var numbers = ASN1Sequence.getInstance(good);
    var r = ASN1Integer.getInstance(numbers.getObjectAt(0)).getValue();
    var s = ASN1Integer.getInstance(numbers.getObjectAt(1)).getValue();
    var beyond = BigInteger.ONE.shiftLeft(600);
    for (var wrong :
        List.of(
            ecdsa(BigInteger.ZERO, s),
            ecdsa(r, BigInteger.ZERO),
            ecdsa(BigInteger.ZERO, BigInteger.ZERO),
            ecdsa(r.negate(), s),
            ecdsa(r, s.negate()),
            ecdsa(r.add(beyond), s),
            ecdsa(s, r),
            trailing(good))) {
      assertThat(info.verifies(key.algorithm(), data, wrong)).isFalse();
    }
    assertThat(info.verifies(key.algorithm(), data, good)).isTrue();
  }

  @Test
  void theFastOneChecksWhatItChecksFaster() {
    assertThat(providerOf(KeyType.EC_P256)).isEqualTo("Conscrypt");
    assertThat(providerOf(KeyType.RSA_2048)).isEqualTo("Conscrypt");
    assertThat(providerOf(KeyType.ED25519)).isEqualTo("BC");
  }

  private static byte[] sign(SoftwareKey key, SignatureAlgorithm algorithm, byte[] data)
      throws Exception {
    var signer = algorithm.signature();
    signer.initSign(key.privateKey());
    signer.update(data);
    return signer.sign();
  }

  private static String providerOf(KeyType type) {
    var info = SoftwareKey.generate(type).publicKey();
    return SignatureCheck.of(info).provider();
  }

  private static byte[] ecdsa(BigInteger r, BigInteger s) throws Exception {
    return new DERSequence(new ASN1Encodable[] {new ASN1Integer(r), new ASN1Integer(s)})
        .getEncoded();
  }

  private static byte[] trailing(byte[] good) {
    return Arrays.copyOf(good, good.length + 1);
  }

  private static List<byte[]> mutations(byte[] good, Random chance) {
    var mutations = new ArrayList<byte[]>();
    mutations.add(new byte[0]);
    mutations.add(new byte[good.length]);
    mutations.add(trailing(good));
    for (int length = 1; length < good.length; length += 7) {
      mutations.add(Arrays.copyOf(good, length));
    }
    for (int i = 0; i < 400; i++) {
      byte[] flipped = good.clone();
      for (int j = 0; j <= chance.nextInt(3); j++) {
        flipped[chance.nextInt(flipped.length)] ^= (byte) (1 << chance.nextInt(8));
      }
      mutations.add(flipped);
    }
    return mutations;
  }
}
