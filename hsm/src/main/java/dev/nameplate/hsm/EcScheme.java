package dev.nameplate.hsm;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// ECDSA on one named curve.
///
/// @param curve its name in `java.security`
/// @param oid its CKA_EC_PARAMS: the DER of its OBJECT IDENTIFIER, in hex
/// @param size of a coordinate, and of r and s, in bytes; at most 48, since lengths in the DER
///   below have one byte
record EcScheme(KeyType type, String curve, String oid, int size) implements KeyScheme {

  private static final byte UNCOMPRESSED = 4;
  private static final byte OCTET_STRING = 4;
  private static final byte INTEGER = 2;
  private static final byte SEQUENCE = 0x30;

  @Override
  public long keyType() {
    return Ck.CKK_EC;
  }

  @Override
  public Mechanism generation() {
    return Mechanism.of(Ck.CKM_EC_KEY_PAIR_GEN);
  }

  @Override
  public Mechanism signing() {
    return Mechanism.of(Ck.CKM_ECDSA);
  }

  @Override
  public List<Attribute> parameters() {
    return List.of(Attribute.of(Cka.EC_PARAMS, HexFormat.of().parseHex(oid)));
  }

  @Override
  public boolean made(Map<Cka, byte[]> attributes) {
    return HexFormat.of().formatHex(KeyScheme.required(attributes, Cka.EC_PARAMS)).equals(oid);
  }

  @Override
  public PublicKeyInfo publicKey(Map<Cka, byte[]> attributes) throws GeneralSecurityException {
    var point = point(KeyScheme.required(attributes, Cka.EC_POINT));
    var parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec(curve));
    var spec =
        new ECPublicKeySpec(
            new ECPoint(
                new BigInteger(1, Arrays.copyOfRange(point, 1, 1 + size)),
                new BigInteger(1, Arrays.copyOfRange(point, 1 + size, 1 + 2 * size))),
            parameters.getParameterSpec(ECParameterSpec.class));
    return PublicKeyInfo.of(KeyFactory.getInstance("EC").generatePublic(spec));
  }

  @Override
  public byte[] input(Hash hash, byte[] data) {
    return hash.digest(data);
  }

  /// From r followed by s to the DER of SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 section 2.2.3).
  @Override
  public byte[] signature(byte[] output) {
    if (output.length != 2 * size) {
      throw HsmException.found(
          "C_Sign",
          Fault.SESSION,
          "an ECDSA signature of " + output.length + " bytes by a key on " + curve);
    }
    var r = new BigInteger(1, Arrays.copyOf(output, size)).toByteArray();
    var s = new BigInteger(1, Arrays.copyOfRange(output, size, 2 * size)).toByteArray();
    var der = new byte[6 + r.length + s.length];
    der[0] = SEQUENCE;
    der[1] = (byte) (der.length - 2);
    der[2] = INTEGER;
    der[3] = (byte) r.length;
    System.arraycopy(r, 0, der, 4, r.length);
    der[4 + r.length] = INTEGER;
    der[5 + r.length] = (byte) s.length;
    System.arraycopy(s, 0, der, 6 + r.length, s.length);
    return der;
  }

  /// The point, which some tokens give as it is and most, as the standard asks, inside an OCTET
  /// STRING.
  private byte[] point(byte[] value) {
    int length = 1 + 2 * size;
    boolean wrapped =
        value.length == 2 + length && value[0] == OCTET_STRING && value[1] == (byte) length;
    var point = wrapped ? Arrays.copyOfRange(value, 2, value.length) : value;
    if (point.length != length || point[0] != UNCOMPRESSED) {
      throw HsmException.refused("the token's public key is not an uncompressed point");
    }
    return point;
  }
}
