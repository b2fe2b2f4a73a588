package dev.nameplate.est;

import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.Certificate;
import java.util.List;

/// Who signs the keys that this server makes (RFC 7030 section 4.4.2): the entity that generated
/// them, and that is the EST server itself.
///
/// @param chain the signer's own certificate first
public record KeySigner(SigningKey key, List<Certificate> chain) {

  public KeySigner {
    chain = List.copyOf(chain);
    if (chain.isEmpty() || !chain.getFirst().publicKey().equals(key.publicKey())) {
      throw new IllegalArgumentException("a signer without a certificate for its key");
    }
  }

  Certificate certificate() {
    return chain.getFirst();
  }
}
