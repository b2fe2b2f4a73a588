package dev.nameplate.hsm;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// How keys of one type are made, read and used in a token.
///
/// We hash, the token signs the digest with its raw mechanism: that is what every token has. (The
/// combined ones are missing here or there: SoftHSM 2.6 has no CKM_ECDSA_SHA256.)
sealed interface KeyScheme permits EcScheme, RsaScheme {

  /// The attributes that [#read] needs.
  List<Cka> READ =
      List.of(Cka.KEY_TYPE, Cka.EC_PARAMS, Cka.EC_POINT, Cka.MODULUS, Cka.PUBLIC_EXPONENT);

  List<KeyScheme> ALL =
      List.of(
          new EcScheme(KeyType.EC_P256, "secp256r1", "06082a8648ce3d030107", 32),
          new EcScheme(KeyType.EC_P384, "secp384r1", "06052b81040022", 48),
          new RsaScheme(KeyType.RSA_2048, 2048),
          new RsaScheme(KeyType.RSA_3072, 3072),
          new RsaScheme(KeyType.RSA_4096, 4096));

  /// @throws HsmException if keys of this type are not used in tokens
  static KeyScheme of(KeyType type) {
    return ALL.stream()
        .filter(scheme -> scheme.type() == type)
        .findFirst()
        .orElseThrow(
            () -> HsmException.refused("keys of type " + type.text() + " are not used in tokens"));
  }

  /// The public key of an object with these attributes.
  ///
  /// @throws HsmException if it is of another kind, or broken
  static PublicKeyInfo read(Map<Cka, byte[]> attributes) {
    for (var scheme : ALL) {
      var keyType = Attribute.of(Cka.KEY_TYPE, scheme.keyType()).value();
      if (Arrays.equals(attributes.get(Cka.KEY_TYPE), keyType) && scheme.made(attributes)) {
        try {
          return scheme.publicKey(attributes);
        } catch (GeneralSecurityException | IllegalArgumentException broken) {
          throw HsmException.refused("the token's public key is broken", broken);
        }
      }
    }
    throw HsmException.refused("the token's key is of a type that is not used in tokens");
  }

  KeyType type();

  /// A CKK constant.
  long keyType();

  /// What makes such a pair.
  Mechanism generation();

  /// What signs.
  Mechanism signing();

  /// What the token must be told to make such a pair.
  List<Attribute> parameters();

  /// Whether a public key with these attributes is of this scheme.
  boolean made(Map<Cka, byte[]> attributes);

  PublicKeyInfo publicKey(Map<Cka, byte[]> attributes) throws GeneralSecurityException;

  /// What the token has to sign so that a signature over `data` results.
  byte[] input(Hash hash, byte[] data);

  /// The token's output, in the form X.509 carries it.
  ///
  /// @throws HsmException if it is not as long as it must be
  byte[] signature(byte[] output);

  /// @throws HsmException if the attribute is missing
  static byte[] required(Map<Cka, byte[]> attributes, Cka type) {
    var value = attributes.get(type);
    if (value == null) {
      throw HsmException.refused("the token does not show " + type + " of a public key");
    }
    return value;
  }
}
