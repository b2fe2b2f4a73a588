package dev.nameplate.ca.x509;

import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/// The signature algorithms of certificates, requests, CRLs and OCSP answers, in the form that RFC
/// 5758, RFC 4055, RFC 8410 and RFC 9881 give them (RSA of PKCS #1 v1.5 with NULL for parameters,
/// RSASSA-PSS with all that differs from the defaults of SHA-1, the others without).
///
/// RSASSA-PSS is known with one hash for the message and for MGF1, and a salt as long as the hash.
public enum SignatureAlgorithm {
  SHA256_WITH_RSA("SHA256withRSA", withNull(PKCSObjectIdentifiers.sha256WithRSAEncryption)),
  SHA384_WITH_RSA("SHA384withRSA", withNull(PKCSObjectIdentifiers.sha384WithRSAEncryption)),
  SHA512_WITH_RSA("SHA512withRSA", withNull(PKCSObjectIdentifiers.sha512WithRSAEncryption)),
  RSASSA_PSS_SHA256("SHA256withRSAandMGF1", pss(NISTObjectIdentifiers.id_sha256, 32)),
  RSASSA_PSS_SHA384("SHA384withRSAandMGF1", pss(NISTObjectIdentifiers.id_sha384, 48)),
  RSASSA_PSS_SHA512("SHA512withRSAandMGF1", pss(NISTObjectIdentifiers.id_sha512, 64)),
  ECDSA_WITH_SHA256("SHA256withECDSA", without(X9ObjectIdentifiers.ecdsa_with_SHA256)),
  ECDSA_WITH_SHA384("SHA384withECDSA", without(X9ObjectIdentifiers.ecdsa_with_SHA384)),
  ECDSA_WITH_SHA512("SHA512withECDSA", without(X9ObjectIdentifiers.ecdsa_with_SHA512)),
  ED25519("Ed25519", without(EdECObjectIdentifiers.id_Ed25519)),
  ML_DSA_44("ML-DSA-44", without(NISTObjectIdentifiers.id_ml_dsa_44)),
  ML_DSA_65("ML-DSA-65", without(NISTObjectIdentifiers.id_ml_dsa_65)),
  ML_DSA_87("ML-DSA-87", without(NISTObjectIdentifiers.id_ml_dsa_87));

  private final String jcaName;
  private final List<AlgorithmIdentifier> accepted;

  /// @param accepted the ways to write it, ours first
  SignatureAlgorithm(String jcaName, List<AlgorithmIdentifier> accepted) {
    this.jcaName = jcaName;
    this.accepted = accepted;
  }

  /// The name by which Bouncy Castle and Conscrypt know it; the JDK has other ways with RSASSA-PSS.
  public String jcaName() {
    return jcaName;
  }

  /// What makes and checks such signatures, of the JDK's own providers.
  public Signature signature() throws GeneralSecurityException {
    var pss = pss();
    if (pss.isEmpty()) {
      return Signature.getInstance(jcaName);
    }
    var signature = Signature.getInstance("RSASSA-PSS");
    signature.setParameter(pss.get());
    return signature;
  }

  /// Its object identifier, dotted: the three of RSASSA-PSS share one.
  public String oid() {
    return identifier().getAlgorithm().getId();
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

  /// What an RSA key of this type signs with if it shall be RSASSA-PSS: with the same hash as
  /// otherwise.
  ///
  /// @throws IllegalArgumentException if it is no RSA key
  public static SignatureAlgorithm pssOf(KeyType type) {
    return switch (of(type)) {
      case SHA256_WITH_RSA -> RSASSA_PSS_SHA256;
      case SHA384_WITH_RSA -> RSASSA_PSS_SHA384;
      case SHA512_WITH_RSA -> RSASSA_PSS_SHA512;
      case RSASSA_PSS_SHA256,
          RSASSA_PSS_SHA384,
          RSASSA_PSS_SHA512,
          ECDSA_WITH_SHA256,
          ECDSA_WITH_SHA384,
          ECDSA_WITH_SHA512,
          ED25519,
          ML_DSA_44,
          ML_DSA_65,
          ML_DSA_87 ->
          throw new IllegalArgumentException(type.text() + " keys make no RSASSA-PSS signatures");
    };
  }

  /// Whether a key of this type can make such a signature at all.
  public boolean fits(KeyType type) {
    return switch (this) {
      case SHA256_WITH_RSA,
          SHA384_WITH_RSA,
          SHA512_WITH_RSA,
          RSASSA_PSS_SHA256,
          RSASSA_PSS_SHA384,
          RSASSA_PSS_SHA512 ->
          type.isRsa();
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
    return accepted.getFirst();
  }

  /// The algorithm of an AlgorithmIdentifier, if it is one of ours and encoded as it should be.
  public static Optional<SignatureAlgorithm> of(AlgorithmIdentifier identifier) {
    for (var algorithm : values()) {
      if (algorithm.accepted.contains(identifier)) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }

  private static List<AlgorithmIdentifier> withNull(ASN1ObjectIdentifier oid) {
    return List.of(new AlgorithmIdentifier(oid, DERNull.INSTANCE));
  }

  private static List<AlgorithmIdentifier> without(ASN1ObjectIdentifier oid) {
    return List.of(new AlgorithmIdentifier(oid));
  }

  /// RFC 4055 section 2.1 has everybody accept a hash with NULL for parameters, which is how it is
  /// to be written, and one without.
  private static List<AlgorithmIdentifier> pss(ASN1ObjectIdentifier hash, int salt) {
    var plain = new AlgorithmIdentifier(hash);
    var usual = new AlgorithmIdentifier(hash, DERNull.INSTANCE);
    return List.of(
        pss(usual, usual, salt),
        pss(plain, plain, salt),
        pss(usual, plain, salt),
        pss(plain, usual, salt));
  }

  private static AlgorithmIdentifier pss(
      AlgorithmIdentifier hash, AlgorithmIdentifier mgfHash, int salt) {
    return new AlgorithmIdentifier(
        PKCSObjectIdentifiers.id_RSASSA_PSS,
        new RSASSAPSSparams(
            hash,
            new AlgorithmIdentifier(PKCSObjectIdentifiers.id_mgf1, mgfHash),
            new ASN1Integer(salt),
            RSASSAPSSparams.DEFAULT_TRAILER_FIELD));
  }

  private Optional<PSSParameterSpec> pss() {
    return switch (this) {
      case RSASSA_PSS_SHA256 -> Optional.of(pss(MGF1ParameterSpec.SHA256, 32));
      case RSASSA_PSS_SHA384 -> Optional.of(pss(MGF1ParameterSpec.SHA384, 48));
      case RSASSA_PSS_SHA512 -> Optional.of(pss(MGF1ParameterSpec.SHA512, 64));
      case SHA256_WITH_RSA,
          SHA384_WITH_RSA,
          SHA512_WITH_RSA,
          ECDSA_WITH_SHA256,
          ECDSA_WITH_SHA384,
          ECDSA_WITH_SHA512,
          ED25519,
          ML_DSA_44,
          ML_DSA_65,
          ML_DSA_87 ->
          Optional.empty();
    };
  }

  private static PSSParameterSpec pss(MGF1ParameterSpec mgf, int salt) {
    return new PSSParameterSpec(
        mgf.getDigestAlgorithm(), "MGF1", mgf, salt, PSSParameterSpec.TRAILER_FIELD_BC);
  }
}
