package dev.nameplate.server.tls;

import dev.nameplate.ca.x509.Der;
import dev.nameplate.est.ChannelBinding;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/// The TLS that comes with Java: it is always there and takes every kind of client key that we
/// certify and TLS knows. It binds requests on TLS 1.3 only.
public final class JdkTls implements TlsStack {

  @Override
  public String name() {
    return "Java " + Runtime.version().feature();
  }

  @Override
  public SSLContext newContext() {
    try {
      return SSLContext.getInstance("TLS");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has TLS", impossible);
    }
  }

  @Override
  public Optional<KeyManager> identity(KeyStore keys) {
    return Optional.empty();
  }

  @Override
  public void prepare(SSLEngine engine) {
    // tickets are on unless a system property says otherwise
  }

  @Override
  public Optional<ChannelBinding> binding(SSLEngine engine, ClientHello hello) {
    if (!(engine.getSession() instanceof ExtendedSSLSession session)
        || !session.getProtocol().equals("TLSv1.3")) {
      return Optional.empty();
    }
    try {
      var exported = session.exportKeyingMaterialData(Exporter.LABEL, new byte[0], Exporter.LENGTH);
      return Optional.of(new ChannelBinding(ChannelBinding.Type.TLS_EXPORTER, Der.of(exported)));
    } catch (SSLException | UnsupportedOperationException notOffered) {
      return Optional.empty();
    }
  }
}
