package dev.nameplate.ca.signing;

import dev.nameplate.ca.x509.Certificate;
import java.util.List;

/// A key, and the certificates that say whose it is.
///
/// @param chain its own certificate first, each followed by that of its issuer
public record CertifiedKey(SigningKey key, List<Certificate> chain) {

  /// @throws IllegalArgumentException if there is no certificate, or the first is of another key
  public CertifiedKey {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a key without a certificate");
    }
    if (!chain.getFirst().publicKey().fingerprint().equals(key.publicKey().fingerprint())) {
      throw new IllegalArgumentException("the first certificate is of another key");
    }
  }

  public Certificate certificate() {
    return chain.getFirst();
  }
}
