package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyPurpose;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.ServiceSignerRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCsrException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The keys with which this node signs documents, one for each purpose, in a token: made where
/// there is none, and made anew, with a new certificate, when a third of the old one's life is left
/// or its key is lost. What the old ones signed stays good: their certificates are left alone.
public final class ServiceSigners implements Job {

  private static final int LONGEST_NAME = 64;

  /// A key that has no certificate yet. Kept for the next attempt, so that failures fill no token.
  private record Attempt(KeyLocation key, Der request) {}

  private record Open(ServiceSignerRecord record, CertifiedKey signer) {}

  private final Core core;
  private final ProfileFiles.Source profile;
  private final String node;
  private final LiveAuthorities.Keys keys;
  private final RenewalRule rule;
  private final Map<SignerPurpose, Attempt> attempts = new EnumMap<>(SignerPurpose.class);
  private final Map<SignerPurpose, Open> open = new ConcurrentHashMap<>();

  ServiceSigners(Core core, ProfileFiles profiles, String node, LiveAuthorities.Keys keys) {
    this.core = core;
    this.profile = profiles.documentSigner();
    this.node = node;
    this.keys = keys;
    this.rule = new RenewalRule(core.database().certificates());
  }

  /// For a server that is being made.
  public static ServiceSigners first(Core core, ProfileFiles profiles, String node) {
    return new ServiceSigners(core, profiles, node, (location, _) -> core.vault().find(location));
  }

  @Override
  public String name() {
    return "service-signer-renewal";
  }

  /// What signs for this purpose now.
  ///
  /// @throws SigningException if there is none: the token is away, or it is not certified yet
  public CertifiedKey signer(SignerPurpose purpose) {
    var found = open.get(purpose);
    if (found == null) {
      throw new SigningException("node " + node + " has no " + purpose.word() + " signer yet");
    }
    return found.signer();
  }

  /// A purpose whose key cannot be made does not keep the others waiting.
  @Override
  public synchronized String run(Instant now) {
    var made = new ArrayList<Certificate>();
    var failures = new ArrayList<RuntimeException>();
    for (var purpose : SignerPurpose.values()) {
      try {
        look(purpose, now).ifPresent(made::add);
      } catch (RuntimeException notThisOne) {
        failures.add(notThisOne);
      }
    }
    if (!failures.isEmpty()) {
      var first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
    return made.isEmpty() ? "every document signer is good" : "new document signers: " + made;
  }

  /// Opens the newest one, or makes one if that is due.
  private Optional<Certificate> look(SignerPurpose purpose, Instant now) {
    var newest = newest(purpose);
    newest.ifPresent(record -> tryOpen(purpose, record));
    var good =
        newest.isPresent() && open.containsKey(purpose) && !isDue(newest.get().certificate(), now);
    if (good) {
      return Optional.empty();
    }
    var attempt = attempts.computeIfAbsent(purpose, _ -> attempt(purpose, now));
    core.record(profile);
    var certificate =
        core.own()
            .issue(
                ServiceOwners.signer(node, purpose),
                profile.profile(),
                parsed(attempt.request()),
                purpose.word() + " signer");
    var record = new ServiceSignerRecord(node, purpose, certificate, attempt.key());
    var _ =
        core.database()
            .serviceSigners()
            .addServiceSigner(
                record,
                new AuditEvent.ServiceSignerAdded(
                    node,
                    purpose.word(),
                    issuer(certificate).id(),
                    certificate.serial(),
                    certificate.publicKey().fingerprint()));
    attempts.remove(purpose);
    open.put(purpose, opened(purpose, record));
    return Optional.of(certificate);
  }

  private Optional<ServiceSignerRecord> newest(SignerPurpose purpose) {
    return core.database().serviceSigners().serviceSigners().stream()
        .filter(record -> record.node().equals(node) && record.purpose() == purpose)
        .reduce((_, newer) -> newer);
  }

  private boolean isDue(Certificate certificate, Instant now) {
    return rule.isDue(issuer(certificate), certificate, now);
  }

  /// One whose key is away, or not the one that it was, is left out.
  private void tryOpen(SignerPurpose purpose, ServiceSignerRecord record) {
    var known = open.get(purpose);
    if (known != null && known.record().equals(record)) {
      return;
    }
    try {
      open.put(purpose, opened(purpose, record));
    } catch (SigningException | IllegalArgumentException away) {
      open.remove(purpose);
    }
  }

  private Open opened(SignerPurpose purpose, ServiceSignerRecord record) {
    var key = keys.open(record.key(), purpose.word());
    return new Open(record, new CertifiedKey(key, chain(record.certificate())));
  }

  /// Up to the root.
  private List<Certificate> chain(Certificate certificate) {
    var chain = new ArrayList<Certificate>();
    chain.add(certificate);
    for (var last = certificate; !last.issuer().equals(last.subject()); last = chain.getLast()) {
      var below = last;
      chain.add(
          issuer(below)
              .certificate()
              .orElseThrow(() -> new SigningException("nobody certified the issuer of " + below)));
    }
    return List.copyOf(chain);
  }

  private Authority issuer(Certificate certificate) {
    return core.authorities()
        .issuerOf(certificate)
        .orElseThrow(() -> new SigningException("nobody here issued " + certificate));
  }

  private Attempt attempt(SignerPurpose purpose, Instant now) {
    var label = ServiceOwners.signer(node, purpose).id() + "-" + now.toEpochMilli();
    var made = core.vault().generate(KeyPurpose.AUDIT, label, KeyType.EC_P256);
    var key = made.key();
    var request = Csr.sign(subject(purpose), key.publicKey(), key.algorithm(), key::sign);
    return new Attempt(made.location(), request);
  }

  private DistinguishedName subject(SignerPurpose purpose) {
    var title = purpose.title() + " " + node;
    var organization = core.authorities().of(profile.profile()).issuer().name().organization();
    return organization
        .filter(name -> name.length() <= LONGEST_NAME)
        .map(name -> DistinguishedName.of(name, title))
        .orElseGet(() -> DistinguishedName.ofCommonName(title));
  }

  private static Csr parsed(Der request) {
    try {
      return Csr.parse(request.toByteArray());
    } catch (MalformedCsrException ours) {
      throw new IllegalStateException("a request of our own that cannot be read", ours);
    }
  }
}
