package dev.nameplate.ca.issuer;

import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.PublicKeyInfo;

/// A certificate issuer: a name and a key.
public record Issuer(DistinguishedName name, PublicKeyInfo publicKey) {

  public IssuerId id() {
    return IssuerId.of(publicKey);
  }
}
