package dev.nameplate.ca.store;

import dev.nameplate.ca.x509.RevocationReason;
import java.time.Instant;

/// What is known of a serial number, for OCSP.
public sealed interface CertificateStatus {

  /// Issued here, and not revoked.
  record Good(Instant notAfter) implements CertificateStatus {}

  /// Revoked; or abandoned, for then a signature may exist.
  record Revoked(Instant at, RevocationReason reason, Instant notAfter)
      implements CertificateStatus {}

  /// Reserved, and not yet issued: `unknown`, without an alarm.
  record Reserved() implements CertificateStatus {}

  /// A serial that this issuer never used: `unknown`, and an alarm.
  record NeverIssued() implements CertificateStatus {}
}
