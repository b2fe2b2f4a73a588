package dev.nameplate.server;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyPurpose;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Gives this node an OCSP signer of each kind of key for each authority that has to be answered
/// for: the first one, and a new one, with a new key, when a third of the old one's life is left,
/// or its key is lost. The old one goes on being good until its end: answers that it signed are in
/// caches.
final class OcspSignerRenewal implements Job {

  /// Has a key of this node certified and remembered: here, or by an issuing node. Asking again
  /// with the same request gets the same certificate.
  @FunctionalInterface
  interface Certification {
    Certificate certify(IssuerId issuer, Der request, KeyLocation key);
  }

  private record Kind(IssuerId issuer, KeyType type) {}

  /// A key that has no certificate yet. Kept for the next attempt, so that failures fill no token.
  private record Attempt(KeyLocation key, Der request) {}

  private final Supplier<List<Authority>> authorities;
  private final LiveOcspSigners signers;
  private final KeyVault vault;
  private final Certification certification;
  private final String node;
  private final List<KeyType> types;
  private final RenewalRule rule;
  private final Map<Kind, Attempt> attempts = new HashMap<>();

  OcspSignerRenewal(
      Supplier<List<Authority>> authorities,
      LiveOcspSigners signers,
      KeyVault vault,
      Certification certification,
      String node,
      List<KeyType> types,
      RenewalRule rule) {
    this.authorities = authorities;
    this.signers = signers;
    this.vault = vault;
    this.certification = certification;
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
    signers.refresh();
    var made = new ArrayList<Certificate>();
    var failures = new ArrayList<RuntimeException>();
    for (var authority : authorities.get()) {
      for (var type : types) {
        try {
          if (isDue(authority, type, now)) {
            made.add(make(authority, type, now));
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

  private boolean isDue(Authority authority, KeyType type, Instant now) {
    var newest = signers.newest(authority, type);
    return newest.isEmpty()
        || !signers.isOpen(newest.get())
        || rule.isDue(authority, newest.get().certificate(), now);
  }

  private Certificate make(Authority authority, KeyType type, Instant now) {
    var kind = new Kind(authority.id(), type);
    var attempt = attempts.computeIfAbsent(kind, _ -> attempt(authority, type, now));
    var certificate = certification.certify(authority.id(), attempt.request(), attempt.key());
    attempts.remove(kind);
    return certificate;
  }

  private Attempt attempt(Authority authority, KeyType type, Instant now) {
    var owner = ServiceOwners.ocsp(node, authority.id(), type);
    var made = vault.generate(KeyPurpose.OCSP, owner.id() + "-" + now.toEpochMilli(), type);
    var key = made.key();
    var request =
        Csr.sign(OcspSignerDesk.name(authority, node), key.publicKey(), key.algorithm(), key::sign);
    return new Attempt(made.location(), request);
  }
}
