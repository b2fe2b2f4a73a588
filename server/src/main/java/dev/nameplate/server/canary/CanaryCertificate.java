package dev.nameplate.server.canary;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.Map;

/// A certificate that was made to be revoked.
///
/// @param urls where relying parties look for its status
public record CanaryCertificate(
    X509Certificate certificate, X509Certificate issuer, Map<Channel, URI> urls) {

  public CanaryCertificate {
    urls = Map.copyOf(new EnumMap<>(urls));
  }
}
