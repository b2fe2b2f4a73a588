package dev.nameplate.server;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives our TLS listeners a new key and certificate, for the same names, when that is due, and the
/// certificates that lead from it to a root, when those are others than before. Connections that
/// exist go on as they are. Files that an operator put in the place of ours are shown, too, as soon
/// as certificate and key belong together.
final class TlsRenewal implements Job {

  private static final Logger LOG = LoggerFactory.getLogger(TlsRenewal.class);

  private final Settings.Tls settings;
  private final OwnCertificates own;
  private final LiveAuthorities authorities;
  private final CertificateProfile profile;
  private final Owner owner;
  private final Consumer<TlsIdentity> listeners;
  private final RenewalRule rule;
  private TlsIdentity identity;

  /// @param listeners are told of a new identity
  TlsRenewal(
      Settings.Tls settings,
      TlsIdentity identity,
      OwnCertificates own,
      LiveAuthorities authorities,
      CertificateProfile profile,
      Owner owner,
      Consumer<TlsIdentity> listeners,
      RenewalRule rule) {
    this.settings = settings;
    this.identity = identity;
    this.own = own;
    this.authorities = authorities;
    this.profile = profile;
    this.owner = owner;
    this.listeners = listeners;
    this.rule = rule;
  }

  @Override
  public String name() {
    return "tls-renewal";
  }

  @Override
  public synchronized String run(Instant now) {
    var replaced = replaced();
    if (replaced.isPresent()) {
      identity = replaced.get();
      listeners.accept(identity);
      LOG.info(
          "the TLS certificate was replaced on disk; the one shown now is good until {}",
          identity.certificate().notAfter());
      return "the TLS certificate that somebody put there";
    }
    var issuer = authorities.issuerOf(identity.certificate());
    var judge = issuer.orElseGet(() -> authorities.of(profile));
    if (!identity.isWhole() || rule.isDue(judge, identity.certificate(), now)) {
      show(renewed());
      return "a new TLS certificate until " + identity.certificate().notAfter();
    }
    // a certificate that somebody else issued comes with the chain that they gave it
    if (issuer.isPresent()) {
      var chain = chain(identity.certificate(), issuer.get());
      if (!chain.equals(identity.chain())) {
        show(new TlsIdentity(identity.key(), chain));
        return "another way from the TLS certificate to a root";
      }
    }
    return "the TLS certificate is good until " + identity.certificate().notAfter();
  }

  /// What is on disk, if that is whole and not what is shown. Between the copying of two files it
  /// is not whole, and then the next look finds it.
  private Optional<TlsIdentity> replaced() {
    try {
      return Optional.of(TlsIdentity.load(settings))
          .filter(TlsIdentity::isWhole)
          .filter(found -> !found.chain().equals(identity.chain()));
    } catch (IOException unreadable) {
      LOG.warn("what is shown stays: {}", unreadable.getMessage());
      return Optional.empty();
    }
  }

  private TlsIdentity renewed() {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var names =
        identity
            .certificate()
            .subjectAltName()
            .orElseThrow(() -> new IllegalStateException("the TLS certificate names no host"));
    var subject = identity.certificate().subject();
    var certificate = own.issueWith(names, owner, profile, subject, key, "renewal");
    return new TlsIdentity(key, chain(certificate, authorities.of(profile)));
  }

  private List<Certificate> chain(Certificate certificate, Authority issuer) {
    var chain = new ArrayList<Certificate>();
    chain.add(certificate);
    chain.addAll(authorities.path(issuer));
    return List.copyOf(chain);
  }

  /// On disk first, and then to whoever connects.
  private void show(TlsIdentity next) {
    try {
      next.save(settings);
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
    identity = next;
    listeners.accept(next);
  }
}
