package dev.nameplate.server;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.UnacceptableKeyException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;

/// The key and certificates that our TLS listeners show.
///
/// @param chain the server's certificate first
record TlsIdentity(SoftwareKey key, List<Certificate> chain) {

  TlsIdentity {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("a TLS identity without a certificate");
    }
  }

  /// @throws IOException that says which of the files cannot be used, and why
  static TlsIdentity load(Settings.Tls settings) throws IOException {
    return new TlsIdentity(key(settings.key()), chain(settings.certificate()));
  }

  /// The key first: if this stops half way, [#isWhole] tells, and a new identity is made. Where
  /// both are one file it cannot stop half way.
  void save(Settings.Tls settings) throws IOException {
    if (settings.key().equals(settings.certificate())) {
      PrivateFile.write(settings.key(), key.toPem() + Pem.encode(chain));
      return;
    }
    PrivateFile.write(settings.key(), key.toPem());
    PrivateFile.replace(settings.certificate(), Pem.encode(chain));
  }

  Certificate certificate() {
    return chain.getFirst();
  }

  /// Whether the certificate is the key's.
  boolean isWhole() {
    return certificate().publicKey().equals(key.publicKey());
  }

  /// As Jetty wants it: one entry, in memory, with an empty password.
  KeyStore keyStore() {
    try {
      var factory = CertificateFactory.getInstance("X.509");
      var certificates = new java.security.cert.Certificate[chain.size()];
      for (int i = 0; i < certificates.length; i++) {
        var der = chain.get(i).der().toByteArray();
        certificates[i] = factory.generateCertificate(new ByteArrayInputStream(der));
      }
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("server", key.privateKey(), new char[0], certificates);
      return store;
    } catch (GeneralSecurityException | IOException impossible) {
      throw new IllegalStateException("a TLS key store that cannot be made", impossible);
    }
  }

  private static SoftwareKey key(Path file) throws IOException {
    try {
      return SoftwareKey.fromPem(PrivateFile.read(file));
    } catch (UnacceptableKeyException unusable) {
      throw new IOException("the TLS key " + file + ": " + unusable.getMessage(), unusable);
    }
  }

  private static List<Certificate> chain(Path file) throws IOException {
    if (!Files.exists(file) && Files.exists(file.resolveSibling("server.csr"))) {
      throw new IOException(
          "this server has no authorities yet: they come from a root that is offline, by nameplate"
              + " ceremony issuing request, and then nameplate ceremony import");
    }
    try {
      return Pem.decodeCertificates(Files.readString(file));
    } catch (MalformedCertificateException unusable) {
      throw new IOException("the TLS certificate " + file + ": " + unusable.reason(), unusable);
    }
  }
}
