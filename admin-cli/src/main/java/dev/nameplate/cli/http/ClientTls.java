package dev.nameplate.cli.http;

import dev.nameplate.ca.x509.Pem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// TLS as a client sees it, from PEM files. The machine's own trust store is never used: a private
/// CA's clients trust that CA and nobody else.
public final class ClientTls {

  // never leaves this process: a KeyStore in memory wants one
  private static final char[] NO_PASSWORD = {};

  private static final List<String> KEY_FAMILIES = List.of("EC", "RSA", "EdDSA", "ML-DSA");

  private ClientTls() {}

  /// Trusts servers with a certificate from one of `anchors`, and shows none of its own.
  public static SSLContext trusting(List<X509Certificate> anchors) {
    return context(anchors, new KeyManagerFactory[0]);
  }

  /// The same, and shows a certificate when the server asks for one.
  ///
  /// @param chain the certificate of `key` first, then its issuers
  public static SSLContext mutual(
      List<X509Certificate> anchors, PrivateKey key, List<X509Certificate> chain) {
    try {
      var store = emptyStore();
      store.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
      var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      own.init(store, NO_PASSWORD);
      return context(anchors, own);
    } catch (GeneralSecurityException | IOException broken) {
      throw new IllegalArgumentException(
          "the key and the certificate cannot be used for TLS", broken);
    }
  }

  /// The certificates of a PEM file, in its order; at least one.
  ///
  /// @throws IOException if there is no such file, or something else in it
  public static List<X509Certificate> readCertificates(Path pem) throws IOException {
    try (var in = new ByteArrayInputStream(Files.readAllBytes(pem))) {
      var certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (certificates.isEmpty()) {
        throw new IOException("no certificate in " + pem);
      }
      return certificates;
    } catch (CertificateException unreadable) {
      throw new IOException("not a file of certificates in PEM: " + pem, unreadable);
    }
  }

  /// A private key in PEM, as `init` and `openssl genpkey` write one. With what Java brings along:
  /// each call of the admin API needs one, and Bouncy Castle takes longer to load than the call.
  ///
  /// @throws GeneralSecurityException if it is none
  public static PrivateKey readKey(String pem) throws GeneralSecurityException {
    var blocks = Pem.blocks(pem, "PRIVATE KEY");
    if (blocks.size() != 1) {
      throw new InvalidKeySpecException(blocks.size() + " PEM blocks PRIVATE KEY instead of one");
    }
    var encoded = new PKCS8EncodedKeySpec(blocks.getFirst());
    for (var family : KEY_FAMILIES) {
      try {
        return KeyFactory.getInstance(family).generatePrivate(encoded);
      } catch (InvalidKeySpecException _) {
        // of the next one, perhaps
      }
    }
    throw new InvalidKeySpecException("a key of none of " + KEY_FAMILIES);
  }

  private static SSLContext context(List<X509Certificate> anchors, KeyManagerFactory... own) {
    try {
      var store = emptyStore();
      for (int i = 0; i < anchors.size(); i++) {
        store.setCertificateEntry("anchor-" + i, anchors.get(i));
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(
          own.length == 0 ? null : own[0].getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException broken) {
      throw new IllegalArgumentException("the trusted certificates cannot be used", broken);
    }
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
