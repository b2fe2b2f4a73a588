package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.x509.KeyType;
import java.time.Instant;
import java.util.function.Supplier;

/// Gives this node a new OCSP signer, with a new key, when a third of the old one's life is left.
/// The old one goes on being good until its end: answers that it signed are in caches.
final class OcspSignerRenewal implements Job {

  private final Supplier<Authority> authority;
  private final LiveOcspSigners signers;
  private final KeyVault vault;
  private final OwnCertificates own;
  private final IssuerStore issuers;
  private final CertificateProfile profile;
  private final Owner owner;
  private final String node;
  private final RenewalRule rule;

  OcspSignerRenewal(
      Supplier<Authority> authority,
      LiveOcspSigners signers,
      KeyVault vault,
      OwnCertificates own,
      IssuerStore issuers,
      CertificateProfile profile,
      Owner owner,
      String node,
      RenewalRule rule) {
    this.authority = authority;
    this.signers = signers;
    this.vault = vault;
    this.own = own;
    this.issuers = issuers;
    this.profile = profile;
    this.owner = owner;
    this.node = node;
    this.rule = rule;
  }

  @Override
  public String name() {
    return "ocsp-signer-renewal";
  }

  @Override
  public String run(Instant now) {
    var signedFor = authority.get();
    var newest = signers.newest(signedFor);
    if (newest.isPresent() && !rule.isDue(signedFor, newest.get().certificate(), now)) {
      return "the OCSP signer is good until " + newest.get().certificate().notAfter();
    }
    var subject =
        newest
            .map(record -> record.certificate().subject())
            .orElseThrow(
                () -> new IllegalStateException("node " + node + " never had an OCSP signer"));
    var made = vault.generate(owner.id() + "-" + now.getEpochSecond(), KeyType.EC_P256);
    var certificate = own.issue(owner, profile, subject, made.key(), "renewal");
    issuers.addOcspSigner(
        new OcspSignerRecord(signedFor.id(), node, certificate, made.location()),
        new AuditEvent.OcspSignerAdded(
            signedFor.id(), node, certificate.serial(), certificate.publicKey().fingerprint()));
    signers.refresh();
    return "a new OCSP signer until " + certificate.notAfter();
  }
}
