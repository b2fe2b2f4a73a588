package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.est.CertsOnly;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.InitSummary;
import dev.nameplate.server.setup.Initialization;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A whole server on free ports, in a folder that init made, and what a test asks it.
final class RunningServer implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  /// A key and its certificates, as a client presents them.
  record Identity(SoftwareKey key, List<Certificate> chain) {

    Certificate certificate() {
      return chain.getFirst();
    }
  }

  /// An answer of the admin API.
  record Answer(int status, String type, Optional<String> requestId, JsonNode body) {}

  final Path dir;
  final InitSummary made;
  final Nameplate nameplate;

  private RunningServer(Path dir, InitSummary made, Nameplate nameplate) {
    this.dir = dir;
    this.made = made;
    this.nameplate = nameplate;
  }

  static RunningServer start() throws Exception {
    var dir = freshFolder();
    var made = Initialization.run(InitOptions.onFreePorts(dir, "Acme Devices"), _ -> {});
    return new RunningServer(dir, made, Nameplate.start(dir));
  }

  /// On a database of its own choice.
  static RunningServer start(InitOptions.Postgresql database) throws Exception {
    var dir = freshFolder();
    var options = InitOptions.onFreePorts(dir, "Acme Devices", Optional.of(database));
    return new RunningServer(dir, Initialization.run(options, _ -> {}), Nameplate.start(dir));
  }

  /// With other settings than init wrote.
  static RunningServer start(UnaryOperator<String> settings) throws Exception {
    var dir = freshFolder();
    var made = Initialization.run(InitOptions.onFreePorts(dir, "Acme Devices"), _ -> {});
    var file = dir.resolve("nameplate.yaml");
    Files.writeString(file, settings.apply(Files.readString(file)));
    return new RunningServer(dir, made, Nameplate.start(dir));
  }

  /// In a folder that a test has prepared.
  static RunningServer in(Path dir, InitSummary made) throws Exception {
    return new RunningServer(dir, made, Nameplate.start(dir));
  }

  /// The same at another time.
  static RunningServer in(Path dir, InitSummary made, InstantSource clock) throws Exception {
    return new RunningServer(dir, made, Nameplate.start(dir, clock));
  }

  /// With a label `guarded`, under which an operator has to approve.
  static RunningServer startGuarded() throws Exception {
    var dir = freshFolder();
    var made = Initialization.run(InitOptions.onFreePorts(dir, "Acme Devices"), _ -> {});
    var usual = Files.readString(dir.resolve("profiles/device.yaml"));
    Files.writeString(
        dir.resolve("profiles/guarded.yaml"),
        usual
            .replace("name: device", "name: guarded")
            .replace("approval: false", "approval: true"));
    return new RunningServer(dir, made, Nameplate.start(dir));
  }

  /// The same folder, after a stop and a start.
  RunningServer restarted() throws Exception {
    return restarted(InstantSource.system());
  }

  /// The same, at another time.
  RunningServer restarted(InstantSource clock) throws Exception {
    nameplate.close();
    return new RunningServer(dir, made, Nameplate.start(dir, clock));
  }

  /// A name for a folder under `target` that is not there yet.
  static Path freshFolder() throws IOException {
    var parent = Files.createDirectories(Path.of("target", "servers").toAbsolutePath());
    return Files.createTempDirectory(parent, "test").resolve("np");
  }

  Identity admin() throws Exception {
    return new Identity(
        SoftwareKey.fromPem(Files.readString(made.adminKey())),
        Pem.decodeCertificates(Files.readString(made.adminCertificate())));
  }

  Answer get(String path) throws Exception {
    return ask(admin(), "GET", path, "");
  }

  Answer post(String path, String body) throws Exception {
    return ask(admin(), "POST", path, body);
  }

  Answer ask(Identity as, String method, String path, String body) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(nameplate.adminUrl() + "/api/v1" + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    var response = send(Optional.of(as), request.build());
    return new Answer(
        response.statusCode(),
        response.headers().firstValue("Content-Type").orElse(""),
        response.headers().firstValue("X-Request-Id"),
        JSON.readTree(response.body()));
  }

  /// Registers a device, and returns its secret.
  String register(String device) throws Exception {
    var answer = post("/devices", "{\"id\":\"" + device + "\",\"profile\":\"device\"}");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
    return answer.body().at("/secret/text").asText();
  }

  /// Registers a device and enrolls it over EST.
  Identity enrolled(String device) throws Exception {
    var secret = register(device);
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var response = enroll(Optional.empty(), device, Optional.of(secret), key);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return identity(key, response);
  }

  /// What somebody has after this answer of EST.
  Identity identity(SoftwareKey key, HttpResponse<String> response) throws Exception {
    return new Identity(key, CertsOnly.decode(Base64.getMimeDecoder().decode(response.body())));
  }

  HttpResponse<String> enroll(
      Optional<Identity> as, String device, Optional<String> secret, SoftwareKey key)
      throws Exception {
    var operation = as.isPresent() ? "simplereenroll" : "simpleenroll";
    return enroll(operation, as, device, secret, key);
  }

  /// @param operation with its label, if it has one
  HttpResponse<String> enroll(
      String operation,
      Optional<Identity> as,
      String device,
      Optional<String> secret,
      SoftwareKey key)
      throws Exception {
    var csr =
        Csr.sign(
            DistinguishedName.ofCommonName(device), key.publicKey(), key.algorithm(), key::sign);
    var request =
        HttpRequest.newBuilder(URI.create(nameplate.estUrl() + "/.well-known/est/" + operation))
            .header("Content-Type", "application/pkcs10")
            .POST(BodyPublishers.ofString(Base64.getEncoder().encodeToString(csr.toByteArray())));
    secret.ifPresent(text ->
        request.header(
            "Authorization",
            "Basic "
                + Base64.getEncoder()
                    .encodeToString((device + ":" + text).getBytes(StandardCharsets.UTF_8))));
    return send(as, request.build());
  }

  /// What an EST client without a certificate gets.
  HttpResponse<String> est(String path) throws Exception {
    var uri = URI.create(nameplate.estUrl() + "/.well-known/est/" + path);
    return send(Optional.empty(), HttpRequest.newBuilder(uri).build());
  }

  /// What a relying party gets from the status listener.
  byte[] status(String path) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(nameplate.statusUrl() + path)).build();
    try (var client = HttpClient.newHttpClient()) {
      return client.send(request, BodyHandlers.ofByteArray()).body();
    }
  }

  String monitoring(String path) throws Exception {
    return send(Optional.empty(), HttpRequest.newBuilder(metrics(path)).build()).body();
  }

  int monitoringStatus(String path) throws Exception {
    return send(Optional.empty(), HttpRequest.newBuilder(metrics(path)).build()).statusCode();
  }

  HttpResponse<String> send(Optional<Identity> as, HttpRequest request) throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(tls(as)).build()) {
      return client.send(request, BodyHandlers.ofString());
    }
  }

  private URI metrics(String path) {
    return URI.create(nameplate.metricsUrl() + path);
  }

  SSLContext tls(Optional<Identity> as) throws Exception {
    var trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    for (var anchor : Pem.decodeCertificates(Files.readString(made.trust()))) {
      trust.setCertificateEntry(anchor.sha256(), x509(anchor));
    }
    var trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(trust);
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    if (as.isPresent()) {
      var chain = new java.security.cert.Certificate[as.get().chain().size()];
      for (int i = 0; i < chain.length; i++) {
        chain[i] = x509(as.get().chain().get(i));
      }
      keys.setKeyEntry("client", as.get().key().privateKey(), new char[0], chain);
    }
    var shown = KeyManagerFactory.getInstance("PKIX");
    shown.init(keys, new char[0]);
    var context = SSLContext.getInstance("TLS");
    context.init(shown.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }

  private static java.security.cert.Certificate x509(Certificate certificate) throws Exception {
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
  }

  @Override
  public void close() {
    nameplate.close();
  }
}
