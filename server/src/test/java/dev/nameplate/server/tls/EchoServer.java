package dev.nameplate.server.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.est.AnyClientCertificate;
import dev.nameplate.est.ChannelBinding;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/// A listener with one of our stacks that answers with what a servlet is told about the client:
/// `chain=2 leaf=CN=pump binding=TLS_EXPORTER:…`.
final class EchoServer implements AutoCloseable {

  final Path dir;
  final Path certificate;
  private final TlsContext context;
  private final Server server = new Server();
  private final ServerConnector connector;

  EchoServer(TlsStack stack, Duration patience) throws Exception {
    var targets = Files.createDirectories(Path.of("target", "tls").toAbsolutePath());
    this.dir = Files.createTempDirectory(targets, "echo");
    this.certificate = selfSigned("localhost");
    this.context = new TlsContext(stack, keyStore(certificate), new AnyClientCertificate());
    context.setWantClientAuth(true);
    var http = new HttpConfiguration();
    http.addCustomizer(new SecureRequestCustomizer(false));
    http.addCustomizer(TlsConnections.bindings());
    this.connector =
        new ServerConnector(
            server, new TlsConnections(context, patience), new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    connector.setIdleTimeout(patience.toMillis());
    server.addConnector(connector);
    var echo = new ServletContextHandler("/");
    echo.addServlet(new ServletHolder(new Echo()), "/*");
    server.setHandler(echo);
    server.start();
  }

  int port() {
    return connector.getLocalPort();
  }

  String address() {
    return "127.0.0.1:" + port();
  }

  /// From now on another certificate.
  void use(Path pem) throws Exception {
    var keys = keyStore(pem);
    context.reload(factory -> factory.setKeyStore(keys));
  }

  /// A P-256 key and its certificate in one file, and the certificate alone in `FILE.crt`.
  Path selfSigned(String name) throws IOException {
    return selfSigned(name, "ec", "ec_paramgen_curve:P-256");
  }

  Path selfSigned(String name, String algorithm, String option) throws IOException {
    return signed(name, "-newkey " + algorithm + " -pkeyopt " + option);
  }

  Path ed25519(String name) throws IOException {
    return signed(name, "-newkey ed25519");
  }

  private Path signed(String name, String key) throws IOException {
    var pem = dir.resolve(name + ".pem");
    var certificate = dir.resolve(pem + ".crt");
    Tool.OPENSSL
        .run(
            dir,
            "req -x509 %s -nodes -keyout %s -out %s -subj /CN=%s -days 30"
                .formatted(key, pem, certificate, name)
                .split(" "))
        .ok();
    return Files.writeString(pem, Files.readString(pem) + Files.readString(certificate));
  }

  /// The same, but it ended a month ago. OpenSSL makes none in the past.
  Path expired(String name) {
    var store = dir.resolve(name + ".p12").toString();
    new Tool(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "a JDK")
        .run(
            dir,
            ("-genkeypair -keystore %s -storepass secret -alias it -dname CN=%s -keyalg EC"
                    + " -groupname secp256r1 -startdate -60d -validity 30")
                .formatted(store, name)
                .split(" "))
        .ok();
    var pem = dir.resolve(name + ".pem");
    var out = List.of("pkcs12", "-in", store, "-passin", "pass:secret", "-nodes", "-out", "" + pem);
    Tool.OPENSSL.run(dir, out.toArray(String[]::new)).ok();
    return pem;
  }

  private static KeyStore keyStore(Path pem) throws Exception {
    var text = Files.readString(pem);
    int border = text.indexOf("-----BEGIN CERTIFICATE-----");
    var key = SoftwareKey.fromPem(text.substring(0, border));
    var certificate =
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(text.substring(border).getBytes(US_ASCII)));
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "server",
        key.privateKey(),
        new char[0],
        new java.security.cert.Certificate[] {certificate});
    return keys;
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static final class Echo extends HttpServlet {

    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      var chain =
          (X509Certificate[]) request.getAttribute("jakarta.servlet.request.X509Certificate");
      var said =
          "chain=%d leaf=%s binding=%s%n"
              .formatted(
                  chain == null ? 0 : chain.length,
                  chain == null ? "none" : chain[0].getSubjectX500Principal().getName(),
                  binding(request)
                      .map(binding -> binding.type() + ":" + binding.base64())
                      .orElse("none"));
      response.getWriter().print(said);
    }

    @SuppressWarnings("unchecked") // the attribute's promise
    private static Optional<ChannelBinding> binding(HttpServletRequest request) {
      return ((Supplier<Optional<ChannelBinding>>) request.getAttribute(ChannelBinding.ATTRIBUTE))
          .get();
    }
  }
}
