package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Gives this node an OCSP signer of each kind of key for each authority that has to be answered
/// for: the first one, and a new one, with a new key, when a third of the old one's life is left.
/// The old one goes on being good until its end: answers that it signed are in caches.
final class OcspSignerRenewal implements Job {

  /// A key that got no certificate stays in the token: for so long no other is made.
  private static final Duration REST = Duration.ofHours(1);

  private record Kind(IssuerId issuer, KeyType type) {}

  private final Map<Kind, Instant> rest = new HashMap<>();
  private final Supplier<List<Authority>> authorities;
  private final LiveOcspSigners signers;
  private final KeyVault vault;
  private final OwnCertificates own;
  private final IssuerStore issuers;
  private final CertificateProfile profile;
  private final String node;
  private final List<KeyType> types;
  private final RenewalRule rule;

  OcspSignerRenewal(
      Supplier<List<Authority>> authorities,
      LiveOcspSigners signers,
      KeyVault vault,
      OwnCertificates own,
      IssuerStore issuers,
      CertificateProfile profile,
      String node,
      List<KeyType> types,
      RenewalRule rule) {
    this.authorities = authorities;
    this.signers = signers;
    this.vault = vault;
    this.own = own;
    this.issuers = issuers;
    this.profile = profile;
    this.node = node;
    this.types = List.copyOf(types);
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
      for (var type : types) {
        try {
          var newest = signers.newest(authority, type);
          if (!rests(authority, type, now)
              && (newest.isEmpty() || rule.isDue(authority, newest.get().certificate(), now))) {
            made.add(make(authority, type, newest, now));
          }
        } catch (RuntimeException notThisOne) {
          failures.add(notThisOne);
        }
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

  private Certificate make(
      Authority authority, KeyType type, Optional<OcspSignerRecord> newest, Instant now) {
    // a key that is made for nothing stays in the token for ever
    if (!authority.key().isUsable()) {
      throw new SigningException("the key of " + authority.issuer().name() + " is away");
    }
    var subject =
        newest
            .or(() -> signers.newest())
            .map(record -> record.certificate().subject())
            .orElseThrow(
                () -> new IllegalStateException("node " + node + " never had an OCSP signer"));
    var owner = owner(authority, type);
    var made = vault.generate(owner.id() + "-" + now.getEpochSecond(), type);
    rest.put(new Kind(authority.id(), type), now.plus(REST));
    var certificate = own.signedBy(authority).issue(owner, profile, subject, made.key(), "renewal");
    issuers.addOcspSigner(
        new OcspSignerRecord(authority.id(), node, certificate, made.location()),
        new AuditEvent.OcspSignerAdded(
            authority.id(), node, certificate.serial(), certificate.publicKey().fingerprint()));
    rest.remove(new Kind(authority.id(), type));
    return certificate;
  }

  private boolean rests(Authority authority, KeyType type, Instant now) {
    var until = rest.get(new Kind(authority.id(), type));
    // a clock that was put back does not make it longer
    return until != null && now.isBefore(until) && !now.plus(REST).isBefore(until);
  }

  /// An owner has one certificate in use, and of several signers each is.
  private Owner owner(Authority authority, KeyType type) {
    var usual = Nameplate.ocspOwner(node, authority.id());
    return type == KeyType.EC_P256
        ? usual
        : new Owner(usual.kind(), usual.id() + "-" + type.text());
  }
}
