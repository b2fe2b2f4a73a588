package dev.nameplate.server.tls;

import java.security.KeyStore;
import java.security.cert.CRL;
import java.util.Collection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/// What our TLS listeners have in common: TLS 1.2 and 1.3, forward secrecy and authenticated
/// ciphers only, no renegotiation, and HTTP/1.1 for clients that ask by ALPN (RFC 7301).
public final class TlsContext extends SslContextFactory.Server {

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private static final String[] CIPHER_SUITES = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
  };

  /// As ALPN writes it (RFC 7301 section 6).
  static final String HTTP_1_1 = "http/1.1";

  /// Of clients without session tickets. A session holds the client's whole chain.
  private static final int MOST_SESSIONS = 1_000;

  private final TlsStack stack;
  private final X509ExtendedTrustManager clients;

  /// @param keys with one entry, and no password
  /// @param clients says in the handshake which client certificates are let through
  public TlsContext(TlsStack stack, KeyStore keys, X509ExtendedTrustManager clients) {
    this.stack = stack;
    this.clients = clients;
    setKeyStore(keys);
    setKeyStorePassword("");
    setIncludeProtocols(PROTOCOLS);
    setExcludeCipherSuites();
    setIncludeCipherSuites(CIPHER_SUITES);
    setRenegotiationAllowed(false);
    setSslSessionCacheSize(MOST_SESSIONS);
  }

  TlsStack stack() {
    return stack;
  }

  @Override
  protected SSLContext getSSLContextInstance() {
    return stack.newContext();
  }

  @Override
  protected KeyManager[] getKeyManagers(KeyStore keys) throws Exception {
    var identity = stack.identity(keys);
    return identity.isPresent() ? new KeyManager[] {identity.get()} : super.getKeyManagers(keys);
  }

  @Override
  protected TrustManager[] getTrustManagers(KeyStore trustStore, Collection<? extends CRL> crls) {
    return new TrustManager[] {clients};
  }

  @Override
  public void customize(SSLEngine engine) {
    super.customize(engine);
    stack.prepare(engine);
  }

  @Override
  public SSLParameters customize(SSLParameters parameters) {
    parameters.setApplicationProtocols(new String[] {HTTP_1_1});
    return super.customize(parameters);
  }
}
