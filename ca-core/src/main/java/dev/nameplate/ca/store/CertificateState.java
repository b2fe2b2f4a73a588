package dev.nameplate.ca.store;

/// How far a certificate came. Each move is one conditional update.
public enum CertificateState {
  /// Its exact bytes are recorded and may be signed, once.
  RESERVED,
  /// Signed, checked and committed.
  ISSUED,
  /// Never became a certificate; a signature may exist, so it counts as revoked.
  ABANDONED
}
