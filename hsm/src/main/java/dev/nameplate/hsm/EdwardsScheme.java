package dev.nameplate.hsm;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Ed25519 (RFC 8032), which hashes by itself.
record EdwardsScheme() implements KeyScheme {

  private static final int POINT = 32;
  private static final int SIGNATURE = 64;

  /// The PrintableString `edwards25519`, which all know who know the curve.
  private static final String NAME = "130c656477617264733235353139";

  /// The same curve by its object identifiers: RFC 8410's, and the older one.
  private static final List<String> OIDS = List.of("06032b6570", "06092b06010401da470f01");

  @Override
  public KeyType type() {
    return KeyType.ED25519;
  }

  @Override
  public long keyType() {
    return Ck.CKK_EC_EDWARDS;
  }

  @Override
  public Ckm generation() {
    return Ckm.EC_EDWARDS_KEY_PAIR_GEN;
  }

  @Override
  public int bits() {
    return 0;
  }

  @Override
  public List<SignatureAlgorithm> algorithms(KeyRules rules) {
    return List.of(SignatureAlgorithm.ED25519);
  }

  @Override
  public List<Signing> signings(SignatureAlgorithm algorithm) {
    return List.of(Signing.whole(algorithm, Mechanism.of(Ckm.EDDSA)));
  }

  @Override
  public List<Attribute> parameters() {
    return List.of(Attribute.of(Cka.EC_PARAMS, HexFormat.of().parseHex(NAME)));
  }

  @Override
  public List<Cka> shown() {
    return List.of(Cka.EC_PARAMS, Cka.EC_POINT);
  }

  @Override
  public boolean made(Map<Cka, byte[]> attributes) {
    var curve = HexFormat.of().formatHex(KeyScheme.required(attributes, Cka.EC_PARAMS));
    return curve.equals(NAME) || OIDS.contains(curve);
  }

  @Override
  public PublicKeyInfo publicKey(Map<Cka, byte[]> attributes) throws GeneralSecurityException {
    var point = Asn1.unwrap(KeyScheme.required(attributes, Cka.EC_POINT), POINT);
    return KeyScheme.publicKey("Ed25519", "06032b6570", point);
  }

  @Override
  public byte[] signature(byte[] output) {
    if (output.length != SIGNATURE) {
      throw HsmException.found(
          "C_Sign", Fault.SESSION, "an Ed25519 signature of " + output.length + " bytes");
    }
    return Arrays.copyOf(output, SIGNATURE);
  }
}
