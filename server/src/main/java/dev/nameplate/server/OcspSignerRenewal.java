package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Gives this node an OCSP signer for each authority that has to be answered for: the first one,
/// and a new one, with a new key, when a third of the old one's life is left. The old one goes on
/// being good until its end: answers that it signed are in caches.
final class OcspSignerRenewal implements Job {

  private final Supplier<List<Authority>> authorities;
  private final LiveOcspSigners signers;
  private final KeyVault vault;
  private final OwnCertificates own;
  private final IssuerStore issuers;
  private final CertificateProfile profile;
  private final String node;
  private final RenewalRule rule;

  OcspSignerRenewal(
      Supplier<List<Authority>> authorities,
      LiveOcspSigners signers,
      KeyVault vault,
      OwnCertificates own,
      IssuerStore issuers,
      CertificateProfile profile,
      String node,
      RenewalRule rule) {
    this.authorities = authorities;
    this.signers = signers;
    this.vault = vault;
    this.own = own;
    this.issuers = issuers;
    this.profile = profile;
    this.node = node;
    this.rule = rule;
  }

  @Override
  public String name() {
    return "ocsp-signer-renewal";
  }

  /// An authority whose key is away does not keep the others waiting.
  @Override
  public synchronized String run(Instant now) {
    var made = new ArrayList<Certificate>();
    var failures = new ArrayList<RuntimeException>();
    for (var authority : authorities.get()) {
      try {
        var newest = signers.newest(authority);
        if (newest.isEmpty() || rule.isDue(authority, newest.get().certificate(), now)) {
          made.add(make(authority, newest, now));
        }
      } catch (RuntimeException notThisOne) {
        failures.add(notThisOne);
      }
    }
    if (!made.isEmpty()) {
      signers.refresh();
    }
    if (!failures.isEmpty()) {
      var first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
    return made.isEmpty() ? "every OCSP signer is good" : "new OCSP signers: " + made;
  }

  private Certificate make(Authority authority, Optional<OcspSignerRecord> newest, Instant now) {
    var subject =
        newest
            .or(() -> signers.newest())
            .map(record -> record.certificate().subject())
            .orElseThrow(
                () -> new IllegalStateException("node " + node + " never had an OCSP signer"));
    var owner = Nameplate.ocspOwner(node, authority.id());
    var made = vault.generate(owner.id() + "-" + now.getEpochSecond(), KeyType.EC_P256);
    var certificate = own.signedBy(authority).issue(owner, profile, subject, made.key(), "renewal");
    issuers.addOcspSigner(
        new OcspSignerRecord(authority.id(), node, certificate, made.location()),
        new AuditEvent.OcspSignerAdded(
            authority.id(), node, certificate.serial(), certificate.publicKey().fingerprint()));
    return certificate;
  }
}
