package dev.nameplate.hsm;

import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The hash of a signature algorithm, computed here and not in the token.
enum Hash {
  SHA_256("SHA-256", "3031300d060960864801650304020105000420"),
  SHA_384("SHA-384", "3041300d060960864801650304020205000430"),
  SHA_512("SHA-512", "3051300d060960864801650304020305000440");

  private final String jcaName;
  private final byte[] prefix;

  /// @param prefix what stands before the digest in a DigestInfo (RFC 8017 section 9.2, note 1)
  Hash(String jcaName, String prefix) {
    this.jcaName = jcaName;
    this.prefix = HexFormat.of().parseHex(prefix);
  }

  static Hash of(SignatureAlgorithm algorithm) {
    return switch (algorithm) {
      case SHA256_WITH_RSA, ECDSA_WITH_SHA256 -> SHA_256;
      case SHA384_WITH_RSA, ECDSA_WITH_SHA384 -> SHA_384;
      case SHA512_WITH_RSA, ECDSA_WITH_SHA512 -> SHA_512;
      case ED25519 -> throw HsmException.refused("Ed25519 is not used in tokens");
      case ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
          throw HsmException.refused("ML-DSA is not used in tokens");
    };
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
