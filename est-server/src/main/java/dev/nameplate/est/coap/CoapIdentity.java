package dev.nameplate.est.coap;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import java.util.List;

/// The server's own key, and its certificates: leaf first.
public record CoapIdentity(SoftwareKey key, List<Certificate> chain) {

  public CoapIdentity {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a DTLS identity without a certificate");
    }
  }
}
