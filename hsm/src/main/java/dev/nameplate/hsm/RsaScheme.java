package dev.nameplate.hsm;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.RSAPublicKeySpec;
import java.util.List;
import java.util.Map;

/// RSA with PKCS#1 v1.5 signatures (RFC 8017 section 8.2) and the exponent 65537.
record RsaScheme(KeyType type, int bits) implements KeyScheme {

  private static final byte[] F4 = {1, 0, 1};

  @Override
  public long keyType() {
    return Ck.CKK_RSA;
  }

  @Override
  public Mechanism generation() {
    return Mechanism.of(Ck.CKM_RSA_PKCS_KEY_PAIR_GEN);
  }

  @Override
  public Mechanism signing() {
    return Mechanism.of(Ck.CKM_RSA_PKCS);
  }

  @Override
  public List<Attribute> parameters() {
    return List.of(Attribute.of(Cka.MODULUS_BITS, bits), Attribute.of(Cka.PUBLIC_EXPONENT, F4));
  }

  @Override
  public boolean made(Map<Cka, byte[]> attributes) {
    return modulus(attributes).bitLength() == bits;
  }

  @Override
  public PublicKeyInfo publicKey(Map<Cka, byte[]> attributes) throws GeneralSecurityException {
    var exponent = new BigInteger(1, KeyScheme.required(attributes, Cka.PUBLIC_EXPONENT));
    var spec = new RSAPublicKeySpec(modulus(attributes), exponent);
    return PublicKeyInfo.of(KeyFactory.getInstance("RSA").generatePublic(spec));
  }

  @Override
  public byte[] input(Hash hash, byte[] data) {
    return hash.digestInfo(data);
  }

  @Override
  public byte[] signature(byte[] output) {
    if (output.length != bits / 8) {
      throw HsmException.found(
          "C_Sign",
          Fault.SESSION,
          "an RSA signature of " + output.length + " bytes by a key of " + bits + " bits");
    }
    return output;
  }

  private static BigInteger modulus(Map<Cka, byte[]> attributes) {
    return new BigInteger(1, KeyScheme.required(attributes, Cka.MODULUS));
  }
}
