package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.SoftwareSigningKey;
import java.io.IOException;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class PublicKeyInfoTest {

  private static final BigInteger F4 = BigInteger.valueOf(65537);

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void everyKindOfKeyThatIsCertifiedIsReadAndVerifiesItsOwnSignatures(KeyType type)
      throws Exception {
    var key = SoftwareSigningKey.generate(type);
    var read = PublicKeyInfo.parse(key.publicKey().spki().toByteArray());
    byte[] data = {1, 2, 3};

    assertThat(read.type()).isEqualTo(type);
    assertThat(read.verifies(key.algorithm(), data, key.sign(data))).isTrue();
    assertThat(read.verifies(key.algorithm(), new byte[] {1, 2, 4}, key.sign(data))).isFalse();
    assertThat(read.verifies(key.algorithm(), data, new byte[] {1})).isFalse();
  }

  static Stream<Arguments> belowTheFloor() throws IOException {
    var p256 = SoftwareSigningKey.generate(KeyType.EC_P256).publicKey();
    byte[] point = p256.keyBits();
    byte[] offCurve = point.clone();
    offCurve[64] ^= 1;
    byte[] compressed = new byte[33];
    compressed[0] = (byte) (2 + (point[64] & 1));
    System.arraycopy(point, 1, compressed, 1, 32);
    var explicit = ECNamedCurveTable.getByOID(X9ObjectIdentifiers.prime256v1);
    byte[] smallOrder = new byte[32];
    smallOrder[0] = 1;
    return Stream.of(
        Arguments.of("1024 bits", rsa(1024, F4)),
        Arguments.of("2047 bits", rsa(2047, F4)),
        Arguments.of("2056 bits", rsa(2056, F4)),
        Arguments.of("16384 bits", rsa(16384, F4)),
        Arguments.of("bytes; at most 2614", rsa(32768, F4)),
        Arguments.of("exponent other than 65537", rsa(2048, BigInteger.valueOf(3))),
        Arguments.of(
            "exponent other than 65537",
            rsa(2048, BigInteger.ONE.shiftLeft(64).add(BigInteger.ONE))),
        Arguments.of(
            "even or not positive",
            rsa(new BigInteger(2048, new Random(1)).setBit(2047).clearBit(0), F4)),
        Arguments.of(
            "must be NULL", spki(PKCSObjectIdentifiers.rsaEncryption, null, rsaKey(odd(2048), F4))),
        Arguments.of(
            "explicit or no curve", spki(X9ObjectIdentifiers.id_ecPublicKey, explicit, point)),
        Arguments.of(
            "explicit or no curve",
            spki(X9ObjectIdentifiers.id_ecPublicKey, DERNull.INSTANCE, point)),
        Arguments.of(
            "on curve 1.3.132.0.10",
            spki(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256k1, point)),
        Arguments.of(
            "not on its curve",
            spki(X9ObjectIdentifiers.id_ecPublicKey, X9ObjectIdentifiers.prime256v1, offCurve)),
        Arguments.of(
            "uncompressed",
            spki(X9ObjectIdentifiers.id_ecPublicKey, X9ObjectIdentifiers.prime256v1, compressed)),
        Arguments.of(
            "uncompressed",
            spki(
                X9ObjectIdentifiers.id_ecPublicKey,
                X9ObjectIdentifiers.prime256v1,
                new byte[] {0})),
        Arguments.of(
            "has no parameters",
            spki(EdECObjectIdentifiers.id_Ed25519, DERNull.INSTANCE, new byte[32])),
        Arguments.of(
            "not a valid public key", spki(EdECObjectIdentifiers.id_Ed25519, null, new byte[31])),
        Arguments.of(
            "not a valid public key", spki(EdECObjectIdentifiers.id_Ed25519, null, smallOrder)),
        Arguments.of(
            "has no parameters",
            spki(NISTObjectIdentifiers.id_ml_dsa_65, DERNull.INSTANCE, new byte[1952])),
        Arguments.of(
            "an ml-dsa-44 key of 1952 bytes; it must have 1312",
            spki(NISTObjectIdentifiers.id_ml_dsa_44, null, new byte[1952])),
        Arguments.of(
            "an ml-dsa-65 key of 1951 bytes; it must have 1952",
            spki(NISTObjectIdentifiers.id_ml_dsa_65, null, new byte[1951])),
        Arguments.of(
            "an ml-dsa-87 key of 0 bytes; it must have 2592",
            spki(NISTObjectIdentifiers.id_ml_dsa_87, null, new byte[0])),
        // what is hashed beforehand is not for certificates (RFC 9881 section 2)
        Arguments.of(
            "algorithm 2.16.840.1.101.3.4.3.33",
            spki(NISTObjectIdentifiers.id_hash_ml_dsa_65_with_sha512, null, new byte[1952])),
        Arguments.of(
            "algorithm 1.2.840.10040.4.1",
            spki(new ASN1ObjectIdentifier("1.2.840.10040.4.1"), null, new byte[8])),
        Arguments.of("cannot be decoded", new byte[] {0x30, 0x03, 1, 2, 3}),
        Arguments.of("cannot be decoded", new byte[0]),
        Arguments.of("", trailing(p256.spki().toByteArray())));
  }

  @ParameterizedTest
  @MethodSource
  void belowTheFloor(String reason, byte[] spki) {
    assertThatThrownBy(() -> PublicKeyInfo.parse(spki))
        .isInstanceOf(UnacceptableKeyException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void mutatedKeysAreReadOrRefusedButNeverThrowAnythingElse() {
    var random = new Random(42);
    var seeds =
        Stream.of(KeyType.EC_P256, KeyType.RSA_2048, KeyType.ED25519, KeyType.ML_DSA_44)
            .map(type -> SoftwareSigningKey.generate(type).publicKey().spki().toByteArray())
            .toList();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] mutated = seeds.get(i % seeds.size()).clone();
      mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      try {
        assertThat(PublicKeyInfo.parse(mutated).spki().toByteArray()).isEqualTo(mutated);
      } catch (UnacceptableKeyException expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(5_000);
  }

  private static byte[] rsa(int bits, BigInteger exponent) throws IOException {
    return rsa(odd(bits), exponent);
  }

  private static byte[] rsa(BigInteger modulus, BigInteger exponent) throws IOException {
    return spki(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE, rsaKey(modulus, exponent));
  }

  private static byte[] rsaKey(BigInteger modulus, BigInteger exponent) throws IOException {
    return new RSAPublicKey(modulus, exponent).getEncoded(ASN1Encoding.DER);
  }

  private static BigInteger odd(int bits) {
    return new BigInteger(bits, new SecureRandom()).setBit(bits - 1).setBit(0);
  }

  private static byte[] spki(
      ASN1ObjectIdentifier algorithm, @Nullable ASN1Encodable parameters, byte[] key)
      throws IOException {
    return new SubjectPublicKeyInfo(
            parameters == null
                ? new AlgorithmIdentifier(algorithm)
                : new AlgorithmIdentifier(algorithm, parameters),
            new DEROctetString(key).getOctets())
        .getEncoded(ASN1Encoding.DER);
  }

  private static byte[] trailing(byte[] encoded) {
    return java.util.Arrays.copyOf(encoded, encoded.length + 1);
  }
}
