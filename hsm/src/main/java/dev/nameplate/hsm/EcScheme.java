package dev.nameplate.hsm;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
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
/// @param bits of a coordinate, and of r and s
record EcScheme(KeyType type, String curve, String oid, int bits) implements KeyScheme {

  private static final byte UNCOMPRESSED = 4;

  @Override
  public long keyType() {
    return Ck.CKK_EC;
  }

  @Override
  public Ckm generation() {
    return Ckm.EC_KEY_PAIR_GEN;
  }

  @Override
  public List<SignatureAlgorithm> algorithms(KeyRules rules) {
    return List.of(SignatureAlgorithm.of(type));
  }

  @Override
  public List<Signing> signings(SignatureAlgorithm algorithm) {
    var hash = Hash.of(algorithm);
    return List.of(
        new Signing(algorithm, Mechanism.of(Ckm.ECDSA), hash::digest),
        Signing.whole(algorithm, Mechanism.of(hash.ecdsa())));
  }

  @Override
  public List<Attribute> parameters() {
    return List.of(Attribute.of(Cka.EC_PARAMS, HexFormat.of().parseHex(oid)));
  }

  @Override
  public List<Cka> shown() {
    return List.of(Cka.EC_PARAMS, Cka.EC_POINT);
  }

  @Override
  public boolean made(Map<Cka, byte[]> attributes) {
    return HexFormat.of().formatHex(KeyScheme.required(attributes, Cka.EC_PARAMS)).equals(oid);
  }

  @Override
  public PublicKeyInfo publicKey(Map<Cka, byte[]> attributes) throws GeneralSecurityException {
    int size = size();
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

  /// From r followed by s to the DER of SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 section 2.2.3).
  @Override
  public byte[] signature(byte[] output) {
    int size = size();
    if (output.length != 2 * size) {
      throw HsmException.found(
          "C_Sign",
          Fault.SESSION,
          "an ECDSA signature of " + output.length + " bytes by a key on " + curve);
    }
    var r = new BigInteger(1, Arrays.copyOf(output, size));
    var s = new BigInteger(1, Arrays.copyOfRange(output, size, 2 * size));
    return Asn1.value(
        Asn1.SEQUENCE,
        Asn1.value(Asn1.INTEGER, r.toByteArray()),
        Asn1.value(Asn1.INTEGER, s.toByteArray()));
  }

  private int size() {
    return (bits + 7) / 8;
  }

  private byte[] point(byte[] value) {
    int length = 1 + 2 * size();
    var point = Asn1.unwrap(value, length);
    if (point.length != length || point[0] != UNCOMPRESSED) {
      throw HsmException.refused("the token's public key is not an uncompressed point");
    }
    return point;
  }
}
