package dev.nameplate.ca.store;

/// What became of a revocation.
public sealed interface RevokeOutcome {

  /// Committed.
  record Revoked(CertificateRecord record) implements RevokeOutcome {}

  /// It was revoked before; what was recorded then stays.
  record AlreadyRevoked(CertificateRecord record) implements RevokeOutcome {}

  /// This issuer never issued such a serial.
  record NotFound() implements RevokeOutcome {}
}
