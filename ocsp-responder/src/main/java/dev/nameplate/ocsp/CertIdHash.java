package dev.nameplate.ocsp;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// The hash by which a CertID names its issuer (RFC 6960 section 4.1.1). SHA-1 is no weakness here:
/// it finds the issuer, it does not vouch for it.
enum CertIdHash {
  SHA1("1.3.14.3.2.26", "SHA-1"),
  SHA256("2.16.840.1.101.3.4.2.1", "SHA-256"),
  SHA384("2.16.840.1.101.3.4.2.2", "SHA-384"),
  SHA512("2.16.840.1.101.3.4.2.3", "SHA-512");

  private final String oid;
  private final String jcaName;

  CertIdHash(String oid, String jcaName) {
    this.oid = oid;
    this.jcaName = jcaName;
  }

  static Optional<CertIdHash> of(String oid) {
    return Arrays.stream(values()).filter(hash -> hash.oid.equals(oid)).findFirst();
  }

  String oid() {
    return oid;
  }

  /// `SHA-256`.
  String text() {
    return jcaName;
  }

  /// In hex.
  String hex(byte[] data) {
    return HexFormat.of().formatHex(digest(data));
  }

  byte[] digest(byte[] data) {
    try {
      return MessageDigest.getInstance(jcaName).digest(data);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has " + jcaName, impossible);
    }
  }
}
