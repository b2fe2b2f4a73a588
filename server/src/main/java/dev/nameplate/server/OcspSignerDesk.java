package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.server.admin.OcspCertification;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Certifies OCSP signing keys, of this node and of status nodes, by the rules of the profile
/// `ocsp-signer`. What a node may choose is its key, and nothing else.
final class OcspSignerDesk implements OcspCertification {

  /// More new signers for one node in a day are a fault of that node.
  private static final int MOST_A_DAY = 10;

  private static final int LONGEST_NAME = 64;

  private final Supplier<List<Authority>> authorities;
  private final OwnCertificates own;
  private final IssuerStore issuers;
  private final CertificateProfile profile;
  private final InstantSource clock;

  /// @param authorities those for which there must be OCSP answers
  OcspSignerDesk(
      Supplier<List<Authority>> authorities,
      OwnCertificates own,
      IssuerStore issuers,
      CertificateProfile profile,
      InstantSource clock) {
    this.authorities = authorities;
    this.own = own;
    this.issuers = issuers;
    this.profile = profile;
    this.clock = clock;
  }

  /// The name of a node's OCSP signer for an authority.
  static DistinguishedName name(Authority authority, String node) {
    var organization = authority.issuer().name().organization();
    var title = organization.map(of -> of + " ").orElse("") + "OCSP signer " + node;
    var commonName = title.length() > LONGEST_NAME ? "OCSP signer " + node : title;
    return organization
        .map(of -> DistinguishedName.of(of, commonName))
        .orElseGet(() -> DistinguishedName.ofCommonName(commonName));
  }

  @Override
  public synchronized Outcome certify(
      String node, IssuerId issuer, Csr request, KeyLocation key, String purpose) {
    var authority = authorities.get().stream().filter(each -> each.id().equals(issuer)).findFirst();
    if (authority.isEmpty()) {
      return new Outcome.Refused(
          "no_issuer", "there is no issuer " + issuer + " that OCSP is answered for");
    }
    var name = name(authority.get(), node);
    if (!request.subject().equals(name) || !request.requestedExtensions().isEmpty()) {
      return new Outcome.Refused(
          "other_request", "the request must have the subject " + name + " and no extensions");
    }
    if (!request.publicKey().fingerprint().equals(key.fingerprint())) {
      return new Outcome.Refused("other_key", "the request and the location name different keys");
    }
    var known = known(node, issuer, key);
    if (known.isPresent()) {
      return new Outcome.Certified(known.get());
    }
    if (madeToday(node, issuer) >= MOST_A_DAY) {
      return new Outcome.Refused(
          "too_many", node + " has had " + MOST_A_DAY + " OCSP signers of this issuer in a day");
    }
    try {
      var certificate =
          own.signedBy(authority.get())
              .issue(
                  ServiceOwners.ocsp(node, issuer, request.publicKey().type()),
                  profile,
                  request,
                  purpose);
      record(new OcspSignerRecord(issuer, node, certificate, key));
      return new Outcome.Certified(certificate);
    } catch (NotIssuedException refused) {
      return new Outcome.Refused("not_issued", String.valueOf(refused.getMessage()));
    }
  }

  /// What the same request got before is there already.
  private void record(OcspSignerRecord signer) {
    var certificate = signer.certificate();
    if (issuers.ocspSigners().stream()
        .noneMatch(known -> known.certificate().equals(certificate))) {
      issuers.addOcspSigner(
          signer,
          new AuditEvent.OcspSignerAdded(
              signer.issuer(),
              signer.node(),
              certificate.serial(),
              certificate.publicKey().fingerprint()));
    }
  }

  /// What this key got before, for a node that has not heard of it.
  private Optional<Certificate> known(String node, IssuerId issuer, KeyLocation key) {
    return issuers.ocspSigners().stream()
        .filter(signer -> signer.node().equals(node) && signer.issuer().equals(issuer))
        .filter(signer -> signer.key().equals(key))
        .filter(signer -> signer.certificate().isValidAt(clock.instant()))
        .map(OcspSignerRecord::certificate)
        .reduce((_, newest) -> newest);
  }

  private long madeToday(String node, IssuerId issuer) {
    var yesterday = clock.instant().minus(Duration.ofDays(1));
    return issuers.ocspSigners().stream()
        .filter(signer -> signer.node().equals(node) && signer.issuer().equals(issuer))
        .filter(signer -> signer.certificate().notBefore().isAfter(yesterday))
        .count();
  }
}
