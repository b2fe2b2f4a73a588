package dev.nameplate.est;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Lets every client certificate through the handshake, in which TLS has proven that the client
/// holds its key. Whether the certificate counts for anything is decided for each request, where
/// the answer can be a 403 with a reason, and where a revocation counts at once, also on a kept
/// connection and in a resumed session. Use it only where each request is judged.
public final class AnyClientCertificate extends X509ExtendedTrustManager {

  private static final int LONGEST_CHAIN = 5;
  private static final int LARGEST = 16 * 1024;

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    if (chain.length == 0 || chain.length > LONGEST_CHAIN) {
      throw new CertificateException("a chain of " + chain.length + " certificates");
    }
    for (var certificate : chain) {
      if (certificate.getEncoded().length > LARGEST) {
        throw new CertificateException("a certificate above " + LARGEST + " bytes");
      }
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  /// Names no authority, so that clients send whatever they have.
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("servers are not judged here");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }
}
