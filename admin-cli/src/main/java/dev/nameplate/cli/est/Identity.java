package dev.nameplate.cli.est;

import dev.nameplate.ca.signing.SoftwareKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/// A key with its certificate.
///
/// @param issuers those of the certificate, its own first; may be empty
public record Identity(
    SoftwareKey key, X509Certificate certificate, List<X509Certificate> issuers) {

  public Identity {
    issuers = List.copyOf(issuers);
  }

  /// The certificate and then its issuers, as TLS sends them.
  public List<X509Certificate> chain() {
    var chain = new ArrayList<X509Certificate>();
    chain.add(certificate);
    chain.addAll(issuers);
    return List.copyOf(chain);
  }
}
