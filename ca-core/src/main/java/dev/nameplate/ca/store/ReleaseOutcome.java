package dev.nameplate.ca.store;

/// What became of a release from hold.
public sealed interface ReleaseOutcome {

  /// Committed: it is good again.
  record Released(CertificateRecord record) implements ReleaseOutcome {}

  /// It is good already; nothing changed.
  record AlreadyGood(CertificateRecord record) implements ReleaseOutcome {}

  /// It is not on hold, or must not be released; nothing changed.
  ///
  /// @param detail why, in words
  record Refused(CertificateRecord record, String detail) implements ReleaseOutcome {}

  /// This issuer never issued such a serial.
  record NotFound() implements ReleaseOutcome {}
}
