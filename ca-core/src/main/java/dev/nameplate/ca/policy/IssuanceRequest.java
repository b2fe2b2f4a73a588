package dev.nameplate.ca.policy;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A request for one certificate: who asks, for which key, under which profile, and from where.
///
/// @param link whether it is tied to the connection it came over; somebody has looked
public record IssuanceRequest(
    Requester requester,
    Csr csr,
    CertificateProfile profile,
    Purpose purpose,
    Origin origin,
    IdentityLink link) {

  /// What is asked for.
  public enum Purpose {
    /// A certificate (RFC 7030 section 4.2.1).
    ENROLL,
    /// The successor of the presented certificate (RFC 7030 section 4.2.2).
    REENROLL,
    /// A certificate for a key that we make for this one answer, and do not keep (RFC 7030 section
    /// 4.4).
    SERVER_KEYGEN
  }

  public IssuanceRequest {
    if (link instanceof IdentityLink.Absent
        && (csr.challengePassword().isPresent() || csr.estIdentityLinking().isPresent())) {
      throw new IllegalArgumentException("a request whose tie to its connection nobody verified");
    }
  }

  /// What Nameplate itself asks for.
  public IssuanceRequest(
      Requester requester, Csr csr, CertificateProfile profile, Purpose purpose) {
    this(requester, csr, profile, purpose, Origin.INTERNAL, new IdentityLink.Vouched());
  }

  /// The GeneralNames that the certificate is to have: those of the request, or what it wants them
  /// changed to.
  public Optional<Der> subjectAltName() {
    return csr.changeSubjectName().isPresent()
        ? csr.changeSubjectName().get().subjectAltName()
        : csr.subjectAltName();
  }

  /// Two requests with the same key are the same request, and get the same answer: owner, epoch,
  /// label, public key, content of the CSR without its proofs of possession, and credential used.
  /// SHA-256 in hex. A key that we make is new each time, so there it is the names that count.
  public String sameness() {
    var text =
        String.join(
            "\n",
            requester.owner().foldedName(),
            Integer.toString(requester.epoch()),
            profile.name(),
            content(),
            requester.credential());
    return Der.of(text.getBytes(StandardCharsets.UTF_8)).sha256Hex();
  }

  /// Whether it waits until an operator approved it: a first certificate does, under a label that
  /// says so. Whoever shows a certificate of ours was approved when it got that, and could renew
  /// with it at once: to queue it at enrollment would keep out only those clients that renew by
  /// enrolling.
  public boolean needsApproval() {
    return profile.enrollment().filter(EnrollmentRules::approval).isPresent()
        && switch (requester.holder()) {
          case Requester.BySecret _,
              Requester.WithSecret _,
              Requester.ByManufacturer _,
              Requester.ByStation _ ->
              true;
          case Requester.ByCertificate _, Requester.Internal _ -> false;
        };
  }

  /// What an approval is given for, in SHA-256 in hex: identity (owner and epoch), label, public
  /// key, and content of the CSR without its proofs of possession. Not the CSR's bytes, for a
  /// client that links its request to the connection signs it anew each time it asks. Not the
  /// credential, unlike [#sameness]: the operator approves a key for a device, whichever of its
  /// secrets the device comes with. Nobody gets in by that; a credential of the same identity is
  /// needed to collect, and spent, as ever.
  public String approvalKey() {
    var text =
        String.join(
            "\n",
            "approval",
            requester.owner().foldedName(),
            Integer.toString(requester.epoch()),
            profile.name(),
            content());
    return Der.of(text.getBytes(StandardCharsets.UTF_8)).sha256Hex();
  }

  /// Whether the answer that was given may be given again; a key that nobody has kept cannot.
  public boolean isRepeatable() {
    return purpose != Purpose.SERVER_KEYGEN;
  }

  private String content() {
    return switch (purpose) {
      case ENROLL, REENROLL -> csr.publicKey().fingerprint().hex() + "\n" + csr.contentSha256();
      case SERVER_KEYGEN ->
          "server-keygen\n"
              + csr.subject().der().sha256Hex()
              + csr.subjectAltName().map(Der::sha256Hex).orElse("");
    };
  }
}
