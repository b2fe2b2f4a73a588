package dev.nameplate.ca.signing;

/// What a new key is for, which decides where it is made when keys live in several tokens.
public enum KeyPurpose {
  /// Signs authorities.
  ROOT,
  /// Signs the certificates of end entities, and their CRLs.
  ISSUING,
  /// Signs OCSP answers; each node makes its own, and new ones as the old ones run out.
  OCSP,
  /// Signs what is written down.
  AUDIT
}
