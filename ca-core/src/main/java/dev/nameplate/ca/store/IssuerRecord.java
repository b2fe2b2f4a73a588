package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.x509.Certificate;
import java.util.List;

/// An issuer, the certificates made for it, and where its key lives.
///
/// @param role what it is here: `root`, `issuing`
/// @param certificates newest last; empty while it is being set up
public record IssuerRecord(
    Issuer issuer,
    String role,
    CrlScope scope,
    List<Certificate> certificates,
    List<KeyLocation> keys) {

  public IssuerRecord {
    certificates = List.copyOf(certificates);
    keys = List.copyOf(keys);
  }
}
