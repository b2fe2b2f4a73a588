package dev.nameplate.est.coap;

import dev.nameplate.est.AnyClientCertificate;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.eclipse.californium.scandium.dtls.AlertMessage;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertDescription;
import org.eclipse.californium.scandium.dtls.AlertMessage.AlertLevel;
import org.eclipse.californium.scandium.dtls.CertificateMessage;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.CertificateVerificationResult;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeException;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.x509.NewAdvancedCertificateVerifier;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/// Lets every client certificate through the handshake, as [AnyClientCertificate] does over TCP:
/// each request is judged by itself.
final class AnyDevice implements NewAdvancedCertificateVerifier {

  private final AnyClientCertificate limits = new AnyClientCertificate();

  @Override
  public List<CertificateType> getSupportedCertificateTypes() {
    return List.of(CertificateType.X_509);
  }

  @Override
  public CertificateVerificationResult verifyCertificate(
      ConnectionId connection,
      @Nullable ServerNames names,
      InetSocketAddress peer,
      boolean client,
      boolean subject,
      boolean truncate,
      CertificateMessage message) {
    var path = message.getCertificateChain();
    try {
      var chain =
          path == null
              ? new X509Certificate[0]
              : path.getCertificates().toArray(X509Certificate[]::new);
      limits.checkClientTrusted(chain, "DTLS");
      return new CertificateVerificationResult(connection, path, null);
    } catch (CertificateException beyondLimits) {
      var alert = new AlertMessage(AlertLevel.FATAL, AlertDescription.BAD_CERTIFICATE);
      return new CertificateVerificationResult(
          connection, new HandshakeException(beyondLimits.getMessage(), alert), null);
    }
  }

  /// None is named, so that clients send whatever they have.
  @Override
  public List<X500Principal> getAcceptedIssuers() {
    return List.of();
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // each result is there at once
  }
}
