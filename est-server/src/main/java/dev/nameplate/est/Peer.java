package dev.nameplate.est;

import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.x509.Der;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Who is at the other end, as the transport saw it: HTTP and CoAP each make one of what they have.
///
/// @param presented the certificates of the client, leaf first, whose key the handshake proved;
///   empty if it showed none
/// @param authorization the Authorization header, if there is one
/// @param binding what only the two ends of the connection know; empty if it gives nothing
public record Peer(
    Origin origin,
    List<Der> presented,
    Optional<HttpAuthorization> authorization,
    Supplier<Optional<ChannelBinding>> binding) {

  public Peer {
    presented = List.copyOf(presented);
  }

  /// The certificates as TLS read them.
  public static List<Der> presented(List<? extends Certificate> chain) {
    return chain.stream().map(Peer::der).toList();
  }

  Optional<Der> leaf() {
    return presented.stream().findFirst();
  }

  private static Der der(Certificate certificate) {
    try {
      return Der.of(certificate.getEncoded());
    } catch (CertificateEncodingException impossible) {
      throw new IllegalStateException("a certificate that TLS could read", impossible);
    }
  }
}
