package dev.nameplate.ca.issuer;

import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.Certificate;
import java.util.Optional;

/// An issuer that can sign now.
///
/// @param certificate its own certificate; empty only while a root signs its own
/// @param scope the CRL on which what it issues is listed
public record Authority(
    Issuer issuer, Optional<Certificate> certificate, SigningKey key, CrlScope scope) {

  public Authority {
    if (!key.publicKey().equals(issuer.publicKey())) {
      throw new IllegalArgumentException("the key of another issuer than " + issuer.name());
    }
  }

  public IssuerId id() {
    return issuer.id();
  }
}
