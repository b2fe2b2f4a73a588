package dev.nameplate.hsm;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.SignatureAlgorithm;

/// How the RSA keys of a token sign.
public enum RsaSignatures {
  /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2), which everybody verifies.
  PKCS1,
  /// RSASSA-PSS (RFC 8017 section 8.1).
  PSS;

  SignatureAlgorithm algorithm(KeyType type) {
    return switch (this) {
      case PKCS1 -> SignatureAlgorithm.of(type);
      case PSS -> SignatureAlgorithm.pssOf(type);
    };
  }

  RsaSignatures other() {
    return switch (this) {
      case PKCS1 -> PSS;
      case PSS -> PKCS1;
    };
  }
}
