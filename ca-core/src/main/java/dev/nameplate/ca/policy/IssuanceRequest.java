package dev.nameplate.ca.policy;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import java.nio.charset.StandardCharsets;

/// A request for one certificate: who asks, for which key, under which profile, and from where.
public record IssuanceRequest(
    Requester requester, Csr csr, CertificateProfile profile, Purpose purpose, Origin origin) {

  /// What is asked for.
  public enum Purpose {
    /// A certificate (RFC 7030 section 4.2.1).
    ENROLL,
    /// The successor of the presented certificate (RFC 7030 section 4.2.2).
    REENROLL
  }

  /// What Nameplate itself asks for.
  public IssuanceRequest(
      Requester requester, Csr csr, CertificateProfile profile, Purpose purpose) {
    this(requester, csr, profile, purpose, Origin.INTERNAL);
  }

  /// Two requests with the same key are the same request, and get the same answer: owner, epoch,
  /// label, public key, content of the CSR without its proofs of possession, and credential used.
  /// SHA-256 in hex.
  public String sameness() {
    var text =
        String.join(
            "\n",
            requester.owner().foldedName(),
            Integer.toString(requester.epoch()),
            profile.name(),
            csr.publicKey().fingerprint().hex(),
            csr.contentSha256(),
            requester.credential());
    return Der.of(text.getBytes(StandardCharsets.UTF_8)).sha256Hex();
  }
}
