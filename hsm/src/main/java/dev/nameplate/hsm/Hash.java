package dev.nameplate.hsm;

import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The hash of a signature algorithm, and what mechanisms with it are called.
enum Hash {
  SHA_256(
      "SHA-256",
      32,
      "3031300d060960864801650304020105000420",
      Ckm.SHA256,
      Ck.CKG_MGF1_SHA256,
      Ckm.SHA256_RSA_PKCS,
      Ckm.SHA256_RSA_PKCS_PSS,
      Ckm.ECDSA_SHA256),
  SHA_384(
      "SHA-384",
      48,
      "3041300d060960864801650304020205000430",
      Ckm.SHA384,
      Ck.CKG_MGF1_SHA384,
      Ckm.SHA384_RSA_PKCS,
      Ckm.SHA384_RSA_PKCS_PSS,
      Ckm.ECDSA_SHA384),
  SHA_512(
      "SHA-512",
      64,
      "3051300d060960864801650304020305000440",
      Ckm.SHA512,
      Ck.CKG_MGF1_SHA512,
      Ckm.SHA512_RSA_PKCS,
      Ckm.SHA512_RSA_PKCS_PSS,
      Ckm.ECDSA_SHA512);

  private final String jcaName;
  private final int length;
  private final byte[] prefix;
  private final Ckm mechanism;
  private final long mgf1;
  private final Ckm rsaPkcs;
  private final Ckm rsaPss;
  private final Ckm ecdsa;

  /// @param length in bytes
  /// @param prefix what stands before the digest in a DigestInfo (RFC 8017 section 9.2, note 1)
  /// @param mgf1 a CKG constant
  Hash(
      String jcaName,
      int length,
      String prefix,
      Ckm mechanism,
      long mgf1,
      Ckm rsaPkcs,
      Ckm rsaPss,
      Ckm ecdsa) {
    this.jcaName = jcaName;
    this.length = length;
    this.prefix = HexFormat.of().parseHex(prefix);
    this.mechanism = mechanism;
    this.mgf1 = mgf1;
    this.rsaPkcs = rsaPkcs;
    this.rsaPss = rsaPss;
    this.ecdsa = ecdsa;
  }

  /// @throws IllegalArgumentException if it is an algorithm that hashes by itself
  static Hash of(SignatureAlgorithm algorithm) {
    return switch (algorithm) {
      case SHA256_WITH_RSA, RSASSA_PSS_SHA256, ECDSA_WITH_SHA256 -> SHA_256;
      case SHA384_WITH_RSA, RSASSA_PSS_SHA384, ECDSA_WITH_SHA384 -> SHA_384;
      case SHA512_WITH_RSA, RSASSA_PSS_SHA512, ECDSA_WITH_SHA512 -> SHA_512;
      case ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
          throw new IllegalArgumentException(algorithm + " is given the whole data");
    };
  }

  /// Signs data with RSASSA-PKCS1-v1_5, hashing it.
  Ckm rsaPkcs() {
    return rsaPkcs;
  }

  /// Signs data with RSASSA-PSS, hashing it.
  Ckm rsaPss() {
    return rsaPss;
  }

  /// Signs data with ECDSA, hashing it.
  Ckm ecdsa() {
    return ecdsa;
  }

  /// The CK_RSA_PKCS_PSS_PARAMS of RSASSA-PSS with this hash throughout, and a salt as long.
  byte[] pssParameters() {
    return Struct.CK_RSA_PKCS_PSS_PARAMS.of(mechanism.code(), mgf1, length);
  }

  byte[] digest(byte[] data) {
    try {
      return MessageDigest.getInstance(jcaName).digest(data);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has " + jcaName, impossible);
    }
  }

  /// The DER of a DigestInfo with the digest of `data`.
  byte[] digestInfo(byte[] data) {
    var digest = digest(data);
    var info = new byte[prefix.length + digest.length];
    System.arraycopy(prefix, 0, info, 0, prefix.length);
    System.arraycopy(digest, 0, info, prefix.length, digest.length);
    return info;
  }
}
