package dev.nameplate.hsm;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// ML-DSA (FIPS 204) as PKCS#11 3.2 has it: pure, with an empty context, over the whole data.
///
/// @param parameterSet a CKP constant
/// @param oid the DER of the parameter set's OBJECT IDENTIFIER (RFC 9881 section 2), in hex
/// @param size of a signature, in bytes
record MlDsaScheme(KeyType type, long parameterSet, String oid, int size) implements KeyScheme {

  @Override
  public long keyType() {
    return Ck.CKK_ML_DSA;
  }

  @Override
  public Ckm generation() {
    return Ckm.ML_DSA_KEY_PAIR_GEN;
  }

  @Override
  public int bits() {
    return 0;
  }

  @Override
  public List<SignatureAlgorithm> algorithms(KeyRules rules) {
    return List.of(SignatureAlgorithm.of(type));
  }

  @Override
  public List<Signing> signings(SignatureAlgorithm algorithm) {
    return List.of(Signing.whole(algorithm, Mechanism.of(Ckm.ML_DSA)));
  }

  @Override
  public List<Attribute> parameters() {
    return List.of(Attribute.of(Cka.PARAMETER_SET, parameterSet));
  }

  @Override
  public List<Cka> shown() {
    return List.of(Cka.PARAMETER_SET, Cka.VALUE);
  }

  @Override
  public boolean made(Map<Cka, byte[]> attributes) {
    return Arrays.equals(
        KeyScheme.required(attributes, Cka.PARAMETER_SET),
        Attribute.of(Cka.PARAMETER_SET, parameterSet).value());
  }

  @Override
  public PublicKeyInfo publicKey(Map<Cka, byte[]> attributes) throws GeneralSecurityException {
    return KeyScheme.publicKey("ML-DSA", oid, KeyScheme.required(attributes, Cka.VALUE));
  }

  @Override
  public byte[] signature(byte[] output) {
    if (output.length != size) {
      throw HsmException.found(
          "C_Sign",
          Fault.SESSION,
          "a signature of " + output.length + " bytes by a key of type " + type.text());
    }
    return output;
  }
}
