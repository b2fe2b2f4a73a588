package dev.nameplate.ca.x509;

import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// The signature algorithms of certificates, requests, CRLs and OCSP answers, in the form that RFC
/// 5758, RFC 4055, RFC 8410 and RFC 9881 give them (RSA with NULL for parameters, the others
/// without).
public enum SignatureAlgorithm {
  SHA256_WITH_RSA("SHA256withRSA", PKCSObjectIdentifiers.sha256WithRSAEncryption),
  SHA384_WITH_RSA("SHA384withRSA", PKCSObjectIdentifiers.sha384WithRSAEncryption),
  SHA512_WITH_RSA("SHA512withRSA", PKCSObjectIdentifiers.sha512WithRSAEncryption),
  ECDSA_WITH_SHA256("SHA256withECDSA", X9ObjectIdentifiers.ecdsa_with_SHA256),
  ECDSA_WITH_SHA384("SHA384withECDSA", X9ObjectIdentifiers.ecdsa_with_SHA384),
  ECDSA_WITH_SHA512("SHA512withECDSA", X9ObjectIdentifiers.ecdsa_with_SHA512),
  ED25519("Ed25519", EdECObjectIdentifiers.id_Ed25519),
  ML_DSA_44("ML-DSA-44", NISTObjectIdentifiers.id_ml_dsa_44),
  ML_DSA_65("ML-DSA-65", NISTObjectIdentifiers.id_ml_dsa_65),
  ML_DSA_87("ML-DSA-87", NISTObjectIdentifiers.id_ml_dsa_87);

  private final String jcaName;
  private final ASN1ObjectIdentifier oid;

  SignatureAlgorithm(String jcaName, ASN1ObjectIdentifier oid) {
    this.jcaName = jcaName;
    this.oid = oid;
  }

  /// The name by which `java.security.Signature` knows it.
  public String jcaName() {
    return jcaName;
  }

  /// Its object identifier, dotted.
  public String oid() {
    return oid.getId();
  }

  /// What a key of this type signs with here: the hash that matches its strength.
  public static SignatureAlgorithm of(KeyType type) {
    return switch (type) {
      case RSA_2048, RSA_3072 -> SHA256_WITH_RSA;
      case RSA_4096 -> SHA384_WITH_RSA;
      case EC_P256 -> ECDSA_WITH_SHA256;
      case EC_P384 -> ECDSA_WITH_SHA384;
      case EC_P521 -> ECDSA_WITH_SHA512;
      case ED25519 -> ED25519;
      case ML_DSA_44 -> ML_DSA_44;
      case ML_DSA_65 -> ML_DSA_65;
      case ML_DSA_87 -> ML_DSA_87;
    };
  }

  /// Whether a key of this type can make such a signature at all.
  public boolean fits(KeyType type) {
    return switch (this) {
      case SHA256_WITH_RSA, SHA384_WITH_RSA, SHA512_WITH_RSA ->
          switch (type) {
            case RSA_2048, RSA_3072, RSA_4096 -> true;
            case EC_P256, EC_P384, EC_P521, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 -> false;
          };
      case ECDSA_WITH_SHA256, ECDSA_WITH_SHA384, ECDSA_WITH_SHA512 ->
          switch (type) {
            case EC_P256, EC_P384, EC_P521 -> true;
            case RSA_2048, RSA_3072, RSA_4096, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 -> false;
          };
      case ED25519 -> type == KeyType.ED25519;
      case ML_DSA_44 -> type == KeyType.ML_DSA_44;
      case ML_DSA_65 -> type == KeyType.ML_DSA_65;
      case ML_DSA_87 -> type == KeyType.ML_DSA_87;
    };
  }

  /// The AlgorithmIdentifier with exactly the parameters that the RFCs ask for.
  public AlgorithmIdentifier identifier() {
    return switch (this) {
      case SHA256_WITH_RSA, SHA384_WITH_RSA, SHA512_WITH_RSA ->
          new AlgorithmIdentifier(oid, DERNull.INSTANCE);
      case ECDSA_WITH_SHA256,
          ECDSA_WITH_SHA384,
          ECDSA_WITH_SHA512,
          ED25519,
          ML_DSA_44,
          ML_DSA_65,
          ML_DSA_87 ->
          new AlgorithmIdentifier(oid);
    };
  }

  /// The algorithm of an AlgorithmIdentifier, if it is one of ours and encoded as it should be.
  public static Optional<SignatureAlgorithm> of(AlgorithmIdentifier identifier) {
    for (var algorithm : values()) {
      if (algorithm.identifier().equals(identifier)) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }
}
