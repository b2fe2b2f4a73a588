package dev.nameplate.hsm;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.RSAPublicKeySpec;
import java.util.List;
import java.util.Map;

/// RSA with the exponent 65537.
record RsaScheme(KeyType type, int bits) implements KeyScheme {

  private static final byte[] F4 = {1, 0, 1};

  @Override
  public long keyType() {
    return Ck.CKK_RSA;
  }

  @Override
  public Ckm generation() {
    return Ckm.RSA_PKCS_KEY_PAIR_GEN;
  }

  @Override
  public List<SignatureAlgorithm> algorithms(KeyRules rules) {
    return List.of(
        rules.rsaSignatures().algorithm(type), rules.rsaSignatures().other().algorithm(type));
  }

  @Override
  public List<Signing> signings(SignatureAlgorithm algorithm) {
    var hash = Hash.of(algorithm);
    if (algorithm == SignatureAlgorithm.of(type)) {
      return List.of(
          new Signing(algorithm, Mechanism.of(Ckm.RSA_PKCS), hash::digestInfo),
          Signing.whole(algorithm, Mechanism.of(hash.rsaPkcs())));
    }
    var parameters = hash.pssParameters();
    return List.of(
        new Signing(algorithm, Mechanism.of(Ckm.RSA_PKCS_PSS, parameters), hash::digest),
        Signing.whole(algorithm, Mechanism.of(hash.rsaPss(), parameters)));
  }

  @Override
  public List<Attribute> parameters() {
    return List.of(Attribute.of(Cka.MODULUS_BITS, bits), Attribute.of(Cka.PUBLIC_EXPONENT, F4));
  }

  @Override
  public List<Cka> shown() {
    return List.of(Cka.MODULUS, Cka.PUBLIC_EXPONENT);
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
