package dev.nameplate.ca.store;

/// What became of a revocation.
public sealed interface RevokeOutcome {

  /// Committed, or its reason changed.
  record Revoked(CertificateRecord record) implements RevokeOutcome {}

  /// It was revoked before for the same reason; nothing changed.
  record AlreadyRevoked(CertificateRecord record) implements RevokeOutcome {}

  /// It was revoked before for a reason that is not changed to this one, or cannot be held.
  ///
  /// @param detail why, in words: from what to what
  record Refused(CertificateRecord record, String detail) implements RevokeOutcome {}

  /// This issuer never issued such a serial.
  record NotFound() implements RevokeOutcome {}
}
