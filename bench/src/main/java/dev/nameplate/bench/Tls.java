package dev.nameplate.bench;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/// TLS contexts of clients, made of keys and certificates in memory.
final class Tls {

  private static final char[] NO_PASSWORD = new char[0];

  private static final Provider CONSCRYPT = Conscrypt.newProvider();

  private Tls() {}

  /// A client that costs little: Conscrypt's TLS, and it trusts any server. What is measured is the
  /// other end.
  record Client(List<KeyManager> keys, SSLContext remembering) {

    static Client of(SoftwareKey key, List<Certificate> chain) throws Exception {
      var managers = KeyManagerFactory.getInstance("SunX509");
      managers.init(Tls.keys(key, chain), NO_PASSWORD);
      var keys = List.of(managers.getKeyManagers());
      return new Client(keys, context(keys));
    }

    /// @param fresh with no session to resume
    SSLSocketFactory sockets(boolean fresh) throws Exception {
      return (fresh ? context(keys) : remembering).getSocketFactory();
    }

    private static SSLContext context(List<KeyManager> keys) throws Exception {
      var context = SSLContext.getInstance("TLS", CONSCRYPT);
      context.init(keys.toArray(KeyManager[]::new), new TrustManager[] {new AnyServer()}, null);
      return context;
    }
  }

  private static final class AnyServer implements X509TrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      throw new IllegalStateException("not a server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      // a measurement
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  static SSLContext client(List<Certificate> trusted) throws Exception {
    return context(trusted, null);
  }

  static SSLContext client(List<Certificate> trusted, SoftwareKey key, List<Certificate> chain)
      throws Exception {
    return context(trusted, keys(key, chain));
  }

  static KeyStore keys(SoftwareKey key, List<Certificate> chain) throws Exception {
    var store = empty();
    var jcaChain = new X509Certificate[chain.size()];
    for (int i = 0; i < jcaChain.length; i++) {
      jcaChain[i] = jca(chain.get(i));
    }
    store.setKeyEntry("key", key.privateKey(), NO_PASSWORD, jcaChain);
    return store;
  }

  private static SSLContext context(List<Certificate> trusted, @Nullable KeyStore keys)
      throws Exception {
    var trust = empty();
    for (int i = 0; i < trusted.size(); i++) {
      trust.setCertificateEntry("trusted-" + i, jca(trusted.get(i)));
    }
    var trustManagers = TrustManagerFactory.getInstance("PKIX");
    trustManagers.init(trust);
    var keyManagers = KeyManagerFactory.getInstance("PKIX");
    keyManagers.init(keys == null ? empty() : keys, NO_PASSWORD);
    var context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    return context;
  }

  private static KeyStore empty() throws Exception {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static X509Certificate jca(Certificate certificate) throws GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
  }
}
