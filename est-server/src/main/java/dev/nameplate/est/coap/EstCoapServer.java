package dev.nameplate.est.coap;

import dev.nameplate.est.Operations;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.eclipse.californium.core.CoapResource;
import org.eclipse.californium.core.CoapServer;
import org.eclipse.californium.core.config.CoapConfig;
import org.eclipse.californium.core.network.CoapEndpoint;
import org.eclipse.californium.elements.config.CertificateAuthenticationMode;
import org.eclipse.californium.elements.config.Configuration;
import org.eclipse.californium.elements.config.SystemConfig;
import org.eclipse.californium.scandium.DTLSConnector;
import org.eclipse.californium.scandium.config.DtlsConfig;
import org.eclipse.californium.scandium.config.DtlsConfig.DtlsRole;
import org.eclipse.californium.scandium.config.DtlsConnectorConfig;
import org.eclipse.californium.scandium.dtls.ExtendedMasterSecretMode;
import org.eclipse.californium.scandium.dtls.SignatureAndHashAlgorithm;
import org.eclipse.californium.scandium.dtls.cipher.CipherSuite;

/// A listener for EST over CoAPs (RFC 9148): DTLS 1.2 with a client certificate, which every
/// function needs, and connection ids (RFC 9146), so that a device can sleep and come back from
/// another address without a new handshake.
public final class EstCoapServer implements AutoCloseable {

  /// A request of 16 KiB fits, and an answer with several certificates.
  private static final int LARGEST_BODY = 32 * 1024;

  private static final int CONNECTION_ID_BYTES = 6;

  static {
    CoapConfig.register();
    DtlsConfig.register();
  }

  private final CoapServer server;
  private final CoapEndpoint endpoint;
  private final Workers workers;
  private final ServerIdentity identity;

  private EstCoapServer(
      CoapSettings settings,
      CoapIdentity identity,
      Operations operations,
      RandomGenerator random,
      MeterRegistry meters) {
    var configuration = configuration(settings);
    this.identity = new ServerIdentity(identity);
    this.workers = new Workers(settings, random, meters);
    var dtls =
        DtlsConnectorConfig.builder(configuration)
            .setAddress(settings.address())
            .setCertificateIdentityProvider(this.identity)
            .setAdvancedCertificateVerifier(new AnyDevice())
            .build();
    this.endpoint =
        CoapEndpoint.builder()
            .setConfiguration(configuration)
            .setConnector(new DTLSConnector(dtls))
            .build();
    this.server = new CoapServer(configuration);
    server.addEndpoint(endpoint);
    // beside `core`, which Californium has put there
    server.getRoot().getChild(".well-known").add(tree(operations));
  }

  /// Takes the port, and answers.
  ///
  /// @throws IOException if the port is busy
  public static EstCoapServer open(
      CoapSettings settings,
      CoapIdentity identity,
      Operations operations,
      RandomGenerator random,
      MeterRegistry meters)
      throws IOException {
    var opened = new EstCoapServer(settings, identity, operations, random, meters);
    try {
      opened.server.start();
      if (!opened.endpoint.isStarted()) {
        throw new IOException("UDP " + settings.address() + " is not to be had");
      }
      return opened;
    } catch (IllegalStateException busy) {
      opened.close();
      throw new IOException("UDP " + settings.address() + ": " + busy.getMessage(), busy);
    }
  }

  public InetSocketAddress address() {
    return endpoint.getAddress();
  }

  /// From now on, new connections get this certificate.
  public void use(CoapIdentity renewed) {
    identity.use(renewed);
  }

  @Override
  public void close() {
    server.stop();
    workers.close();
    server.destroy();
  }

  /// `est`, with the functions of the default label, and below it each label with its own.
  private CoapResource tree(Operations operations) {
    var est = new CoapResource("est", false);
    var settings = operations.settings();
    for (var function : EstFunction.values()) {
      est.add(new EstResource(function, settings.defaultLabel(), true, operations, workers));
    }
    for (var label : settings.labels().keySet()) {
      var below = new CoapResource(label, false);
      for (var function : EstFunction.values()) {
        below.add(new EstResource(function, label, false, operations, workers));
      }
      est.add(below);
    }
    return est;
  }

  private static Configuration configuration(CoapSettings settings) {
    // not from a file: Californium would look for one, and write one
    var configuration = new Configuration();
    configuration.set(CoapConfig.MAX_RESOURCE_BODY_SIZE, LARGEST_BODY);
    configuration.set(CoapConfig.MAX_ACTIVE_PEERS, settings.mostConnections());
    configuration.set(CoapConfig.PROTOCOL_STAGE_THREAD_COUNT, 2);
    configuration.set(SystemConfig.HEALTH_STATUS_INTERVAL, 0, TimeUnit.SECONDS);
    configuration.set(DtlsConfig.DTLS_ROLE, DtlsRole.SERVER_ONLY);
    configuration.set(
        DtlsConfig.DTLS_CLIENT_AUTHENTICATION_MODE, CertificateAuthenticationMode.NEEDED);
    configuration.set(
        DtlsConfig.DTLS_EXTENDED_MASTER_SECRET_MODE, ExtendedMasterSecretMode.ENABLED);
    configuration.set(DtlsConfig.DTLS_RECOMMENDED_CIPHER_SUITES_ONLY, false);
    configuration.setAsList(
        DtlsConfig.DTLS_CIPHER_SUITES,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8);
    configuration.setAsList(
        DtlsConfig.DTLS_SIGNATURE_AND_HASH_ALGORITHMS,
        SignatureAndHashAlgorithm.SHA256_WITH_ECDSA,
        SignatureAndHashAlgorithm.SHA384_WITH_ECDSA,
        SignatureAndHashAlgorithm.SHA256_WITH_RSA,
        SignatureAndHashAlgorithm.INTRINSIC_WITH_ED25519);
    configuration.set(DtlsConfig.DTLS_CONNECTION_ID_LENGTH, CONNECTION_ID_BYTES);
    configuration.set(DtlsConfig.DTLS_MAX_CONNECTIONS, settings.mostConnections());
    // who fills them keeps nobody out for long: a device that is forgotten shakes hands again
    configuration.set(DtlsConfig.DTLS_STALE_CONNECTION_THRESHOLD, 60, TimeUnit.SECONDS);
    configuration.set(DtlsConfig.DTLS_RECEIVER_THREAD_COUNT, 1);
    configuration.set(DtlsConfig.DTLS_CONNECTOR_THREAD_COUNT, 2);
    return configuration;
  }
}
