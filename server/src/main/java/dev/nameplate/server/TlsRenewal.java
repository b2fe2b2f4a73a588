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
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Gives our TLS listeners a new key and certificate, for the same names, when that is due.
/// Connections that exist go on as they are.
final class TlsRenewal implements Job {

  private final Settings.Tls settings;
  private final OwnCertificates own;
  private final Supplier<Authority> authority;
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
      Supplier<Authority> authority,
      CertificateProfile profile,
      Owner owner,
      Consumer<TlsIdentity> listeners,
      RenewalRule rule) {
    this.settings = settings;
    this.identity = identity;
    this.own = own;
    this.authority = authority;
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
    if (identity.isWhole() && !rule.isDue(authority.get(), identity.certificate(), now)) {
      return "the TLS certificate is good until " + identity.certificate().notAfter();
    }
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var names =
        identity
            .certificate()
            .subjectAltName()
            .orElseThrow(() -> new IllegalStateException("the TLS certificate names no host"));
    var subject = identity.certificate().subject();
    var chain = new ArrayList<Certificate>();
    chain.add(own.issueWith(names, owner, profile, subject, key, "renewal"));
    authority.get().certificate().ifPresent(chain::add);
    var renewed = new TlsIdentity(key, chain);
    try {
      renewed.save(settings);
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
    identity = renewed;
    listeners.accept(renewed);
    return "a new TLS certificate until " + renewed.certificate().notAfter();
  }
}
