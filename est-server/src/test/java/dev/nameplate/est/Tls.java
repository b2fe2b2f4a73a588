package dev.nameplate.est;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// Our values as the JDK's TLS wants them.
final class Tls {

  private Tls() {}

  static KeyManager[] keyManagers(SoftwareKey key, Certificate... chain)
      throws GeneralSecurityException, IOException {
    var certificates = new X509Certificate[chain.length];
    for (int i = 0; i < chain.length; i++) {
      certificates[i] = x509(chain[i]);
    }
    var keys = empty();
    keys.setKeyEntry("own", key.privateKey(), new char[0], certificates);
    var factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(keys, new char[0]);
    return factory.getKeyManagers();
  }

  static TrustManager[] trusting(Certificate root) throws GeneralSecurityException, IOException {
    var roots = empty();
    roots.setCertificateEntry("root", x509(root));
    var factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(roots);
    return factory.getTrustManagers();
  }

  /// The tls-exporter value of a connection (RFC 9266), if it has TLS 1.3.
  static Optional<ChannelBinding> exporter(SSLSession session) {
    if (!(session instanceof ExtendedSSLSession extended)
        || !session.getProtocol().equals("TLSv1.3")) {
      return Optional.empty();
    }
    try {
      var value = extended.exportKeyingMaterialData("EXPORTER-Channel-Binding", new byte[0], 32);
      return Optional.of(new ChannelBinding(ChannelBinding.Type.TLS_EXPORTER, Der.of(value)));
    } catch (SSLException impossible) {
      throw new IllegalStateException("TLS 1.3 can export", impossible);
    }
  }

  static X509Certificate x509(Certificate certificate) throws GeneralSecurityException {
    var der = new ByteArrayInputStream(certificate.der().toByteArray());
    return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(der);
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
