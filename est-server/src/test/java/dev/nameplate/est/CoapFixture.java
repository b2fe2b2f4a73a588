package dev.nameplate.est;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.est.coap.CoapIdentity;
import dev.nameplate.est.coap.CoapSettings;
import dev.nameplate.est.coap.EstCoapServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.eclipse.californium.core.CoapClient;
import org.eclipse.californium.core.CoapResponse;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.exception.ConnectorException;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.CertificateType;
import org.eclipse.californium.scandium.dtls.SignatureAndHashAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;
import org.eclipse.californium.scandium.dtls.x509.NewAdvancedCertificateVerifier;
import org.eclipse.californium.scandium.dtls.x509.SingleCertificateProvider;
import org.eclipse.californium.scandium.dtls.x509.StaticNewAdvancedCertificateVerifier;

/// The operations of an [EstFixture] over CoAP, and a Californium client of theirs.
final class CoapFixture implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofMillis(300);

  final EstCoapServer server;
  private final EstFixture est;

  private CoapFixture(EstFixture est, int mostAtOnce) throws IOException {
    this.est = est;
    var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    this.server =
        EstCoapServer.open(
            new CoapSettings(loopback, PATIENCE, mostAtOnce, 100),
            new CoapIdentity(est.serverKey, List.of(est.serverCertificate, est.issuing)),
            est.operations(),
            new Random(9),
            est.meters);
  }

  static CoapFixture over(EstFixture est) throws IOException {
    return new CoapFixture(est, 8);
  }

  static CoapFixture over(EstFixture est, int mostAtOnce) throws IOException {
    return new CoapFixture(est, mostAtOnce);
  }

  String url(String path) {
    return "coaps://127.0.0.1:" + server.address().getPort() + path;
  }

  /// A client that shows this certificate and speaks the one cipher suite that everybody has to.
  Client client(FakeDevice device) throws Exception {
    return new Client(
        device,
        est.root,
        SignatureAndHashAlgorithm.SHA256_WITH_ECDSA,
        SignatureAndHashAlgorithm.SHA384_WITH_ECDSA);
  }

  /// The same, which knows P-256 and SHA-256 only, and trusts the issuing authority.
  Client smallClient(FakeDevice device) throws Exception {
    return new Client(device, est.issuing, SignatureAndHashAlgorithm.SHA256_WITH_ECDSA);
  }

  @Override
  public void close() {
    server.close();
  }

  /// One DTLS association.
  final class Client implements AutoCloseable {

    private final CoapEndpoint endpoint;

    private Client(FakeDevice device, Certificate trusted, SignatureAndHashAlgorithm... signatures)
        throws Exception {
      var configuration = new Configuration();
      configuration.set(DtlsConfig.DTLS_ROLE, DtlsRole.CLIENT_ONLY);
      configuration.set(CoapConfig.MAX_RESOURCE_BODY_SIZE, 100 * 1024);
      configuration.set(CoapConfig.PREFERRED_BLOCK_SIZE, 64);
      configuration.set(CoapConfig.MAX_MESSAGE_SIZE, 64);
      configuration.set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, 4);
      configuration.set(DtlsConfig.DTLS_RECOMMENDED_CIPHER_SUITES_ONLY, false);
      configuration.setAsList(
          DtlsConfig.DTLS_CIPHER_SUITES, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8);
      configuration.setAsList(DtlsConfig.DTLS_SIGNATURE_AND_HASH_ALGORITHMS, signatures);
      configuration.set(DtlsConfig.DTLS_RETRANSMISSION_TIMEOUT, 2, TimeUnit.SECONDS);
      NewAdvancedCertificateVerifier trust =
          StaticNewAdvancedCertificateVerifier.builder()
              .setTrustedCertificates(Tls.x509(trusted))
              .setSupportedCertificateTypes(List.of(CertificateType.X_509))
              .build();
      var dtls =
          DtlsConnectorConfig.builder(configuration)
              .setAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .setAdvancedCertificateVerifier(trust)
              .setCertificateIdentityProvider(
                  new SingleCertificateProvider(
                      device.key().privateKey(),
                      new java.security.cert.X509Certificate[] {Tls.x509(device.certificate())},
                      CertificateType.X_509))
              .build();
      endpoint =
          CoapEndpoint.builder()
              .setConfiguration(configuration)
              .setConnector(new DTLSConnector(dtls))
              .build();
      endpoint.start();
    }

    CoapResponse send(Request request, String path) throws ConnectorException, IOException {
      request.setURI(url(path));
      var client = new CoapClient();
      client.setEndpoint(endpoint);
      client.setTimeout(20_000L);
      return client.advanced(request);
    }

    CoapResponse post(String path, byte[] payload, int format)
        throws ConnectorException, IOException {
      var request = Request.newPost();
      request.setPayload(payload);
      request.getOptions().setContentFormat(format);
      return send(request, path);
    }

    CoapEndpoint endpoint() {
      return endpoint;
    }

    @Override
    public void close() {
      endpoint.destroy();
    }
  }

  static List<Certificate> certificates(CoapResponse response) throws Exception {
    return CertsOnly.decode(response.getPayload());
  }
}
