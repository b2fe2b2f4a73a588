package dev.nameplate.est.coap;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.eclipse.californium.scandium.dtls.CertificateIdentityResult;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.SignatureAndHashAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite.CertificateKeyAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.XECDHECryptography.SupportedGroup;
import org.eclipse.californium.scandium.dtls.x509.CertificateProvider;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/// What the server shows in a handshake. It can be exchanged while it is in use.
final class ServerIdentity implements CertificateProvider {

  private record Shown(PrivateKey key, List<X509Certificate> chain) {}

  private volatile Shown shown;

  ServerIdentity(CoapIdentity identity) {
    this.shown = shown(identity);
  }

  /// Handshakes that begin from now on get this one.
  void use(CoapIdentity identity) {
    shown = shown(identity);
  }

  @Override
  public List<CertificateKeyAlgorithm> getSupportedCertificateKeyAlgorithms() {
    return List.of(CertificateKeyAlgorithm.EC);
  }

  @Override
  public List<CertificateType> getSupportedCertificateTypes() {
    return List.of(CertificateType.X_509);
  }

  @Override
  public CertificateIdentityResult requestCertificateIdentity(
      ConnectionId connection,
      boolean client,
      @Nullable List<X500Principal> issuers,
      @Nullable ServerNames names,
      @Nullable List<CertificateKeyAlgorithm> keys,
      @Nullable List<SignatureAndHashAlgorithm> signatures,
      @Nullable List<SupportedGroup> groups) {
    var now = shown;
    return new CertificateIdentityResult(connection, now.key, readable(now.chain, signatures));
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // each result is there at once
  }

  /// The chain up to where the client cannot follow: a small device that trusts the issuing
  /// authority need not know the algorithm that its root signs with.
  private static List<X509Certificate> readable(
      List<X509Certificate> chain, @Nullable List<SignatureAndHashAlgorithm> signatures) {
    return signatures == null
        ? chain
        : chain.stream()
            .takeWhile(certificate ->
                SignatureAndHashAlgorithm.isSignedWithSupportedAlgorithm(signatures, certificate))
            .toList();
  }

  private static Shown shown(CoapIdentity identity) {
    try {
      var factory = CertificateFactory.getInstance("X.509");
      var chain = new ArrayList<X509Certificate>();
      for (var certificate : identity.chain()) {
        var der = new ByteArrayInputStream(certificate.der().toByteArray());
        chain.add((X509Certificate) factory.generateCertificate(der));
      }
      return new Shown(identity.key().privateKey(), List.copyOf(chain));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("a certificate of ours that Java cannot read", impossible);
    }
  }
}
