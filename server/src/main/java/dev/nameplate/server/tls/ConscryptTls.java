package dev.nameplate.server.tls;

import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.est.ChannelBinding;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.conscrypt.Conscrypt;

/// Google's BoringSSL, through Conscrypt: native code, where there is a library for this machine.
/// It binds requests on TLS 1.2 and 1.3.
public final class ConscryptTls implements TlsStack {

  private final Provider provider;

  private ConscryptTls(Provider provider) {
    this.provider = provider;
  }

  /// @throws IllegalStateException with the reason, if its native library cannot be used here
  static ConscryptTls load() {
    try {
      Conscrypt.checkAvailability();
      return new ConscryptTls(Conscrypt.newProvider());
    } catch (LinkageError | RuntimeException missing) {
      throw new IllegalStateException(
          "Conscrypt's native library cannot be used: " + missing.getMessage(), missing);
    }
  }

  /// Whether a client whose certificate has such a key can authenticate, in TLS 1.2 and 1.3. A
  /// client that cannot, because BoringSSL does not ask for such signatures, comes without a
  /// certificate. (Nobody can with keys that TLS itself does not know.)
  static boolean authenticates(KeyType key) {
    return switch (key) {
      case RSA_2048, RSA_3072, RSA_4096, EC_P256, EC_P384 -> true;
      case EC_P521, ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 -> false;
    };
  }

  @Override
  public String name() {
    var version = Conscrypt.version();
    return "Conscrypt " + version.major() + "." + version.minor() + "." + version.patch();
  }

  @Override
  public SSLContext newContext() {
    try {
      return SSLContext.getInstance("TLS", provider);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Conscrypt is there for TLS", impossible);
    }
  }

  /// With the key decoded by Conscrypt: for one of the JDK's it would call back into Java for each
  /// signature, which takes ten times as long.
  @Override
  public Optional<KeyManager> identity(KeyStore keys) throws GeneralSecurityException {
    var alias = keys.aliases().nextElement();
    var decoded = (PrivateKey) keys.getKey(alias, new char[0]);
    var key =
        KeyFactory.getInstance(decoded.getAlgorithm(), provider)
            .generatePrivate(new PKCS8EncodedKeySpec(decoded.getEncoded()));
    var chain = new ArrayList<X509Certificate>();
    for (var certificate : keys.getCertificateChain(alias)) {
      chain.add((X509Certificate) certificate);
    }
    return Optional.of(new ServerIdentity(key, chain));
  }

  @Override
  public void prepare(SSLEngine engine) {
    Conscrypt.setUseSessionTickets(engine, true);
  }

  @Override
  public Optional<ChannelBinding> binding(SSLEngine engine, ClientHello hello) {
    // what a session says about its version is not to be relied on: only the suites of TLS 1.3
    // are named without a key exchange
    if (!engine.getSession().getCipherSuite().contains("_WITH_")) {
      return exported(engine);
    }
    // BoringSSL always uses the extended master secret when it is offered. Without it tls-unique
    // can be the same on two connections (RFC 7627 section 1).
    return hello.offersExtendedMasterSecret()
        ? Optional.ofNullable(Conscrypt.getTlsUnique(engine))
            .map(value -> new ChannelBinding(ChannelBinding.Type.TLS_UNIQUE, Der.of(value)))
        : Optional.empty();
  }

  private static Optional<ChannelBinding> exported(SSLEngine engine) {
    try {
      return Optional.ofNullable(
              Conscrypt.exportKeyingMaterial(engine, Exporter.LABEL, new byte[0], Exporter.LENGTH))
          .map(value -> new ChannelBinding(ChannelBinding.Type.TLS_EXPORTER, Der.of(value)));
    } catch (SSLException notNow) {
      return Optional.empty();
    }
  }
}
