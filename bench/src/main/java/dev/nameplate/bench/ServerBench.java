package dev.nameplate.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.est.CertsOnly;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.InitSummary;
import dev.nameplate.server.setup.Initialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.net.SocketFactory;

/// The whole server, as `nameplate init` and `serve` make it, asked over its own listeners.
final class ServerBench {

  private static final int DEVICES = 2_000;
  private static final int OCSP_REQUESTS = 30_000;
  private static final int CLIENTS = 8;
  private static final String ENROLL = "/.well-known/est/simpleenroll";

  private final Report report;
  private final Path folder;
  private final ObjectMapper json = new ObjectMapper();

  ServerBench(Report report, Path folder) {
    this.report = report;
    this.folder = folder;
  }

  /// A device with its key, its request, and after enrollment its certificate.
  private static final class Device {
    final String id;
    final String secret;
    final SoftwareKey key = SoftwareKey.generate(KeyType.EC_P256);
    List<Certificate> chain = List.of();

    Device(String id, String secret) {
      this.id = id;
      this.secret = secret;
    }
  }

  void run() throws Exception {
    var np = folder.resolve("np");
    var summary = Initialization.run(InitOptions.onFreePorts(np, "Bench"), _ -> {});
    var trusted = Pem.decodeCertificates(Files.readString(summary.trust()));
    try (var server = Nameplate.start(np)) {
      var devices = register(server, summary, trusted);
      enroll(server, trusted, devices);
      ocsp(server, trusted, devices);
    }
  }

  private List<Device> register(Nameplate server, InitSummary summary, List<Certificate> trusted)
      throws Exception {
    var key = SoftwareKey.fromPem(Files.readString(summary.adminKey()));
    var chain = Pem.decodeCertificates(Files.readString(summary.adminCertificate()));
    var tls = Tls.client(trusted, key, chain);
    var names = new ArrayList<String>();
    for (int i = 0; i < DEVICES; i++) {
      names.add("bench-" + i);
    }
    var devices = Collections.synchronizedList(new ArrayList<Device>());
    Load.perSecond(
        CLIENTS,
        names,
        () -> {
          var connection = HttpConnection.open(server.adminUrl(), tls.getSocketFactory());
          return name -> {
            var body =
                json.writeValueAsBytes(Map.of("id", name, "profile", "device", "secret_uses", 1));
            var response =
                connection.post(
                    "/api/v1/devices", Map.of("Content-Type", "application/json"), body);
            expect(201, response);
            var secret = json.readTree(response.body()).path("secret").path("text").asText();
            devices.add(new Device(name, secret));
          };
        });
    return List.copyOf(devices);
  }

  /// For the certificates to ask about.
  private static void enroll(Nameplate server, List<Certificate> trusted, List<Device> devices)
      throws Exception {
    var anonymous = Tls.client(trusted);
    Load.perSecond(
        CLIENTS,
        devices,
        () -> {
          var connection = HttpConnection.open(server.estUrl(), anonymous.getSocketFactory());
          return device -> device.chain = enroll(connection, device);
        });
  }

  private static List<Certificate> enroll(HttpConnection connection, Device device)
      throws Exception {
    var basic =
        Base64.getEncoder().encodeToString((device.id + ":" + device.secret).getBytes(UTF_8));
    var headers = Map.of("Content-Type", "application/pkcs10", "Authorization", "Basic " + basic);
    var response = connection.post(ENROLL, headers, request(device.id, device.key));
    expect(200, response);
    return CertsOnly.decode(Base64.getMimeDecoder().decode(response.body()));
  }

  private static byte[] request(String id, SoftwareKey key) {
    var csr =
        Csr.sign(DistinguishedName.ofCommonName(id), key.publicKey(), key.algorithm(), key::sign);
    return Base64.getEncoder().encode(csr.toByteArray());
  }

  private void ocsp(Nameplate server, List<Certificate> trusted, List<Device> devices)
      throws Exception {
    report.section("OCSP over POST, every answer signed anew, " + CLIENTS + " clients");
    var issuing =
        trusted.stream()
            .filter(certificate -> !certificate.subject().matches(certificate.issuer()))
            .findFirst()
            .orElseThrow();
    var queries = new ArrayList<byte[]>();
    for (int i = 0; i < OCSP_REQUESTS; i++) {
      var certificate = devices.get(i % devices.size()).chain.getFirst();
      queries.add(OcspQueries.about(issuing, certificate.serial()));
    }
    var headers = Map.of("Content-Type", "application/ocsp-request");
    var plain = SocketFactory.getDefault();
    int size;
    try (var connection = HttpConnection.open(server.statusUrl(), plain)) {
      var first = connection.post("/ocsp", headers, queries.getFirst());
      expect(200, first);
      size = first.body().length;
    }
    try (var same = StaticServer.plain(new byte[size])) {
      double kept =
          report.limit(
              "static answer of the same Jetty, kept connections",
              Load.perSecond(
                  CLIENTS,
                  queries,
                  () -> {
                    var connection = HttpConnection.open(same.url(), plain);
                    return query -> expect(200, connection.post("/ocsp", headers, query));
                  }));
      report.figure(
          "OCSP answers, kept connections",
          Load.perSecond(
              CLIENTS,
              queries,
              () -> {
                var connection = HttpConnection.open(server.statusUrl(), plain);
                return query -> expect(200, connection.post("/ocsp", headers, query));
              }),
          "a static answer",
          kept);
    }
  }

  private static void expect(int status, HttpConnection.Response response) {
    if (response.status() != status) {
      throw new IllegalStateException(
          response.status() + " instead of " + status + ": " + new String(response.body(), UTF_8));
    }
  }
}
