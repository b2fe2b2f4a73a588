package dev.nameplate.hsm;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How keys of one type are made, read and used in a token.
///
/// Where there is a choice, we hash and the token signs the digest with its raw mechanism: that is
/// what most tokens have. (The combined ones are missing here or there: SoftHSM 2.6 has no
/// CKM_ECDSA_SHA256.)
sealed interface KeyScheme permits EcScheme, EdwardsScheme, MlDsaScheme, RsaScheme {

  List<KeyScheme> ALL =
      List.of(
          new EcScheme(KeyType.EC_P256, "secp256r1", "06082a8648ce3d030107", 256),
          new EcScheme(KeyType.EC_P384, "secp384r1", "06052b81040022", 384),
          new EcScheme(KeyType.EC_P521, "secp521r1", "06052b81040023", 521),
          new RsaScheme(KeyType.RSA_2048, 2048),
          new RsaScheme(KeyType.RSA_3072, 3072),
          new RsaScheme(KeyType.RSA_4096, 4096),
          new EdwardsScheme(),
          new MlDsaScheme(KeyType.ML_DSA_44, 1, "0609608648016503040311", 2420),
          new MlDsaScheme(KeyType.ML_DSA_65, 2, "0609608648016503040312", 3309),
          new MlDsaScheme(KeyType.ML_DSA_87, 3, "0609608648016503040313", 4627));

  static KeyScheme of(KeyType type) {
    return ALL.stream().filter(scheme -> scheme.type() == type).findFirst().orElseThrow();
  }

  /// The attributes that [#read] needs of a public key of this kind.
  ///
  /// @param keyType the value of its CKA_KEY_TYPE, if it shows one
  static Set<Cka> shownBy(byte @Nullable [] keyType) {
    var needed = new LinkedHashSet<>(List.of(Cka.KEY_TYPE));
    ALL.stream().filter(scheme -> isFor(scheme, keyType)).forEach(s -> needed.addAll(s.shown()));
    return needed;
  }

  /// The public key of an object with these attributes.
  ///
  /// @throws HsmException if it is of another kind, or broken
  static PublicKeyInfo read(Map<Cka, byte[]> attributes) {
    var keyType = required(attributes, Cka.KEY_TYPE);
    for (var scheme : ALL) {
      if (isFor(scheme, keyType) && scheme.made(attributes)) {
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
  Ckm generation();

  /// The size of the key in bits, where tokens state the limits of a mechanism in bits; 0 where
  /// they do not.
  int bits();

  /// What such a key can sign with, under these rules: the one it shall sign with first, and what
  /// it may still be tied to.
  List<SignatureAlgorithm> algorithms(KeyRules rules);

  /// The ways to have a token sign so, the best one first.
  List<Signing> signings(SignatureAlgorithm algorithm);

  /// What the token must be told to make such a pair.
  List<Attribute> parameters();

  /// The attributes of a public key from which it is read.
  List<Cka> shown();

  /// Whether a public key with these attributes is of this scheme.
  boolean made(Map<Cka, byte[]> attributes);

  PublicKeyInfo publicKey(Map<Cka, byte[]> attributes) throws GeneralSecurityException;

  /// The token's output, in the form X.509 carries it.
  ///
  /// @throws HsmException if it is not as long as it must be
  byte[] signature(byte[] output);

  private static boolean isFor(KeyScheme scheme, byte @Nullable [] keyType) {
    return Arrays.equals(keyType, Attribute.of(Cka.KEY_TYPE, scheme.keyType()).value());
  }

  /// @throws HsmException if the attribute is missing
  static byte[] required(Map<Cka, byte[]> attributes, Cka type) {
    var value = attributes.get(type);
    if (value == null) {
      throw HsmException.refused("the token does not show " + type + " of a public key");
    }
    return value;
  }

  /// A key whose SubjectPublicKeyInfo has no parameters.
  ///
  /// @param oid in DER, in hex
  /// @param bits what is in its BIT STRING
  static PublicKeyInfo publicKey(String family, String oid, byte[] bits)
      throws GeneralSecurityException {
    var spki =
        Asn1.value(
            Asn1.SEQUENCE,
            Asn1.value(Asn1.SEQUENCE, HexFormat.of().parseHex(oid)),
            Asn1.value(Asn1.BIT_STRING, new byte[1], bits));
    var key = KeyFactory.getInstance(family).generatePublic(new X509EncodedKeySpec(spki));
    return PublicKeyInfo.of(key);
  }
}
