package dev.nameplate.ca.store;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.CertificatePath;
import java.time.Instant;
import java.util.Optional;

/// A manufacturer's authority, whose IDevIDs (IEEE 802.1AR) may enroll for the first time under one
/// label. It counts until it is removed, as RFC 5280 section 6.1.1 has it: its own notAfter does
/// not end that.
///
/// @param serials which devices it vouches for; empty for all of them
/// @param addedBy who decided it
public record TrustAnchor(
    String label,
    Certificate certificate,
    Optional<SerialPattern> serials,
    Instant addedAt,
    String addedBy) {

  public TrustAnchor {
    var unfit = CertificatePath.unfitAsAnchor(certificate);
    if (unfit.isPresent()) {
      throw new IllegalArgumentException(
          certificate.subject() + " cannot be a trust anchor: " + unfit.get());
    }
  }

  public String sha256() {
    return certificate.sha256();
  }
}
