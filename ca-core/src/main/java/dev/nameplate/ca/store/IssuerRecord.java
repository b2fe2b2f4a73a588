package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.x509.Certificate;
import java.util.List;
import java.util.Optional;

/// An issuer, the certificates made for it, and where its key lives.
///
/// @param role what it is here: `root`, `issuing`
/// @param active whether it may sign certificates; until then it is only known, and published
/// @param certificates newest last; empty while it is being set up
public record IssuerRecord(
    Issuer issuer,
    String role,
    CrlScope scope,
    boolean active,
    List<Certificate> certificates,
    List<KeyLocation> keys) {

  public IssuerRecord {
    certificates = List.copyOf(certificates);
    keys = List.copyOf(keys);
  }

  /// The certificate under which it signs: the one that it signed itself, if it is a root, and else
  /// the newest.
  public Optional<Certificate> certificate() {
    return certificates.stream()
        .filter(this::isSelfSigned)
        .findFirst()
        .or(() -> certificates.reversed().stream().findFirst());
  }

  private boolean isSelfSigned(Certificate certificate) {
    return certificate.issuer().equals(issuer.name()) && certificate.isSignedBy(issuer.publicKey());
  }
}
