package dev.nameplate.est;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;

/// Under what a generated key travels.
sealed interface KeyRecipient {

  /// The key of a certificate, RSA or elliptic.
  ///
  /// @param byIssuer whether it was named by issuer and serial, not by its subjectKeyIdentifier
  record OfCertificate(Certificate certificate, boolean byIssuer) implements KeyRecipient {}

  /// A key that both sides have had before.
  record Shared(Der identifier, KeyEncryptionKey key) implements KeyRecipient {}
}
