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
import dev.nameplate.server.SettingsFile;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.InitSummary;
import dev.nameplate.server.setup.Initialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A new CA with devices of its own.
final class Fleet {

  private static final String ENROLL = "/.well-known/est/simpleenroll";
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  private final InitSummary made;
  private final List<Certificate> trusted;
  private final ObjectMapper json = new ObjectMapper();

  private Fleet(InitSummary made, List<Certificate> trusted) {
    this.made = made;
    this.trusted = trusted;
  }

  /// A device that has its first certificate.
  record Device(String id, Certificate certificate, Tls.Client tls) {}

  static Fleet init(Path np, Optional<InitOptions.Postgresql> postgresql) throws Exception {
    var made = Initialization.run(InitOptions.onFreePorts(np, "Bench", postgresql), _ -> {});
    var settings = np.resolve(SettingsFile.NAME);
    lift(settings, "est: {", "limits: {new_connections_per_minute: 10000000}, ");
    lift(settings, "ocsp: {", "signatures_per_minute: 10000000, ");
    return new Fleet(made, Pem.decodeCertificates(Files.readString(made.trust())));
  }

  /// The folder of one more node: with the same keys and the same database, under another name and
  /// on other ports.
  static Path anotherNode(Path np, Path other, String name) throws IOException {
    try (var files = Files.walk(np)) {
      for (var file : files.toList()) {
        Files.copy(file, other.resolve(np.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    var settings = other.resolve(SettingsFile.NAME);
    Files.writeString(
        settings,
        Files.readString(settings)
            .replace("\nnode: main", "\nnode: " + name)
            .replaceAll("port: [0-9]+", "port: 0"));
    return other;
  }

  /// All clients have one address here, which is what a flood looks like.
  private static void lift(Path settings, String section, String limit) throws IOException {
    var text = Files.readString(settings);
    if (!text.contains("\n" + section)) {
      throw new IllegalStateException("no " + section + " in " + settings);
    }
    Files.writeString(settings, text.replace("\n" + section, "\n" + section + limit));
  }

  /// The authority that issues to devices.
  Certificate issuing() {
    return trusted.stream()
        .filter(certificate -> !certificate.subject().matches(certificate.issuer()))
        .findFirst()
        .orElseThrow();
  }

  /// A connection to the admin API, as its first administrator.
  HttpConnection admin(MeasuredServer server) throws Exception {
    var tls =
        Tls.client(
            trusted,
            SoftwareKey.fromPem(Files.readString(made.adminKey())),
            Pem.decodeCertificates(Files.readString(made.adminCertificate())));
    return HttpConnection.open(server.adminUrl(), tls.getSocketFactory());
  }

  List<Device> enroll(MeasuredServer server, int count) throws Exception {
    var devices = new ArrayList<Device>();
    try (var admin = admin(server);
        var est = HttpConnection.open(server.url(), Tls.client(trusted).getSocketFactory())) {
      for (int i = 0; i < count; i++) {
        devices.add(enroll(admin, est, "bench-" + i));
      }
    }
    return devices;
  }

  private Device enroll(HttpConnection admin, HttpConnection est, String id) throws Exception {
    var added =
        admin.post(
            "/api/v1/devices", JSON, json.writeValueAsBytes(Map.of("id", id, "profile", "device")));
    expect(201, added);
    var secret = json.readTree(added.body()).path("secret").path("text").asText();
    var basic = Base64.getEncoder().encodeToString((id + ":" + secret).getBytes(UTF_8));
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var enrolled =
        est.post(
            ENROLL,
            Map.of("Content-Type", "application/pkcs10", "Authorization", "Basic " + basic),
            request(id, key));
    expect(200, enrolled);
    var chain = CertsOnly.decode(Base64.getMimeDecoder().decode(enrolled.body()));
    return new Device(id, chain.getFirst(), Tls.Client.of(key, chain));
  }

  void revoke(HttpConnection admin, Certificate certificate) throws IOException {
    var answer =
        admin.post(
            "/api/v1/certificates/" + certificate.serial().hex() + "/revoke",
            JSON,
            json.writeValueAsBytes(Map.of("reason", "superseded")));
    expect(200, answer);
  }

  /// A certificate request in base64, as EST has it.
  static byte[] request(String id, SoftwareKey key) {
    var csr =
        Csr.sign(DistinguishedName.ofCommonName(id), key.publicKey(), key.algorithm(), key::sign);
    return Base64.getEncoder().encode(csr.toByteArray());
  }

  static void expect(int status, HttpConnection.Response response) {
    if (response.status() != status) {
      throw new IllegalStateException(
          response.status() + " instead of " + status + ": " + new String(response.body(), UTF_8));
    }
  }
}
