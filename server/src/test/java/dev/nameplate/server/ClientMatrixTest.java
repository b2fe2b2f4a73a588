package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.StatusClients.Client;
import dev.nameplate.server.StatusClients.Verdict;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Relying parties that other people wrote, each on certificates of an ECDSA and of an RSA
/// authority that are good, revoked, on hold, released, or forgotten: issued, and then the database
/// and the file of its checkpoints were taken back to a copy from before, so that nobody remembers
/// them.
@Tag("O22")
class ClientMatrixTest {

  /// An authority, and the label under which it issues.
  enum Authority {
    EC("issuing", "device", KeyType.EC_P256),
    RSA("rsa", "rsa-device", KeyType.RSA_2048);

    private final String role;
    private final String label;
    private final KeyType deviceKey;

    Authority(String role, String label, KeyType deviceKey) {
      this.role = role;
      this.label = label;
      this.deviceKey = deviceKey;
    }
  }

  /// How it stands with a certificate.
  enum Standing {
    GOOD(Verdict.GOOD, Verdict.GOOD),
    REVOKED(Verdict.REVOKED, Verdict.REVOKED),
    HOLD(Verdict.REVOKED, Verdict.REVOKED),
    RELEASED(Verdict.GOOD, Verdict.GOOD),
    // what no list has, no list refuses
    UNKNOWN(Verdict.UNKNOWN, Verdict.GOOD);

    private final Verdict byOcsp;
    private final Verdict byCrl;

    Standing(Verdict byOcsp, Verdict byCrl) {
      this.byOcsp = byOcsp;
      this.byCrl = byCrl;
    }

    private Verdict by(Client client) {
      return client.asksOcsp() ? byOcsp : byCrl;
    }
  }

  private static final List<String> WHAT_REMEMBERS = List.of("data", "audit");

  private static final Map<String, RunningServer.Identity> DEVICES = new HashMap<>();

  private static Path files = Path.of("");
  private static @Nullable RunningServer server;
  private static @Nullable StatusClients clients;

  @BeforeAll
  static void issueAndRevoke() throws Exception {
    var running =
        RunningServer.start(settings -> settings.replace("debounce: 15s", "debounce: 1s"));
    server = running;
    var made =
        running.post(
            "/issuers", "{\"role\":\"rsa\",\"title\":\"Acme RSA CA\",\"key\":\"rsa-2048\"}");
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    var profile = Files.readString(running.dir.resolve("profiles/device.yaml"));
    Files.writeString(
        running.dir.resolve("profiles/rsa-device.yaml"),
        profile.replace("name: device", "name: rsa-device") + "issuer: rsa\n");

    running.nameplate.close();
    var copy = running.dir.resolveSibling("copy");
    for (var folder : WHAT_REMEMBERS) {
      copyOf(running.dir.resolve(folder), copy.resolve(folder));
    }
    running = running.restarted();
    server = running;
    enroll(Standing.UNKNOWN);
    running.nameplate.close();
    for (var folder : WHAT_REMEMBERS) {
      copyOf(copy.resolve(folder), running.dir.resolve(folder));
    }
    running = running.restarted();
    server = running;
    for (var standing :
        List.of(Standing.GOOD, Standing.REVOKED, Standing.HOLD, Standing.RELEASED)) {
      enroll(standing);
    }
    for (var authority : Authority.values()) {
      revoke(authority, Standing.REVOKED, "keyCompromise");
      revoke(authority, Standing.HOLD, "certificateHold");
      revoke(authority, Standing.RELEASED, "certificateHold");
      release(authority);
    }
    files = Files.createDirectories(running.dir.resolveSibling("files"));
    writeFiles();
    clients = new StatusClients(files, URI.create(running.nameplate.statusUrl() + "/ocsp"));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  static Stream<Arguments> everything() {
    return Arrays.stream(Client.values())
        .flatMap(client ->
            Arrays.stream(Authority.values())
                .flatMap(authority ->
                    Arrays.stream(Standing.values())
                        .map(standing -> Arguments.of(client, authority, standing))));
  }

  @ParameterizedTest
  @MethodSource("everything")
  void aClientSeesWhatWeSay(Client client, Authority authority, Standing standing)
      throws Exception {
    var verdict = clients().ask(client, issuer(authority), device(authority, standing));

    assertThat(verdict).isEqualTo(client.words(standing.by(client)));
  }

  @ParameterizedTest
  @EnumSource(Authority.class)
  void theReasonGetsThrough(Authority authority) {
    assertThat(clients().opensslReason(issuer(authority), device(authority, Standing.REVOKED)))
        .isEqualTo("keyCompromise");
    assertThat(clients().opensslReason(issuer(authority), device(authority, Standing.HOLD)))
        .isEqualTo("certificateHold");
  }

  @ParameterizedTest
  @EnumSource(Authority.class)
  void gnutlsTakesTheListForOneOfTheAuthority(Authority authority) {
    assertThat(clients().certtoolVerifiesCrl(issuer(authority))).isTrue();
    assertThat(
            new Tool("certtool", "gnutls-bin")
                .run(files, "--crl-info", "--inder", "--infile", issuer(authority) + ".crl")
                .ok()
                .out())
        .contains("Revoked certificates (2)", "CRL Number");
  }

  private static void enroll(Standing standing) throws Exception {
    for (var authority : Authority.values()) {
      var name = device(authority, standing);
      var body = "{\"id\":\"%s\",\"profile\":\"%s\"}".formatted(name, authority.label);
      var registered = server().post("/devices", body);
      assertThat(registered.status()).as(registered.body().toString()).isEqualTo(201);
      var key = SoftwareKey.generate(authority.deviceKey);
      var answer =
          server()
              .enroll(
                  authority.label + "/simpleenroll",
                  Optional.empty(),
                  name,
                  Optional.of(registered.body().at("/secret/text").asText()),
                  key);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      DEVICES.put(name, server().identity(key, answer));
    }
  }

  private static void revoke(Authority authority, Standing standing, String reason)
      throws Exception {
    var serial = certificate(device(authority, standing)).serial().hex();
    var answer =
        server().post("/certificates/" + serial + "/revoke", "{\"reason\":\"" + reason + "\"}");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
  }

  private static void release(Authority authority) throws Exception {
    var serial = certificate(device(authority, Standing.RELEASED)).serial().hex();
    var answer = server().post("/certificates/" + serial + "/release", "{}");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
  }

  private static void writeFiles() throws Exception {
    for (var device : DEVICES.entrySet()) {
      pem(device.getKey(), device.getValue().certificate());
      Files.writeString(files.resolve(device.getKey() + ".key"), device.getValue().key().toPem());
    }
    var issuers = server().get("/issuers").body().get("items");
    for (var issuer : issuers) {
      var role = issuer.get("role").asText();
      var certificate =
          Certificate.parse(server().status(path(issuer.get("certificate_url").asText())));
      pem(role.equals("root") ? "root" : role + "-issuer", certificate);
      list(role, path(issuer.get("crl_url").asText()), role.equals("root") ? 0 : 2);
    }
    for (var authority : Authority.values()) {
      join(issuer(authority) + "-bundle.pem", "root.pem", issuer(authority) + "-issuer.pem");
      join(issuer(authority) + "-crls.pem", "root-crl.pem", issuer(authority) + "-crl.pem");
    }
  }

  /// As soon as it has as many entries.
  private static void list(String name, String path, int entries) throws Exception {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> entries(server().status(path)) == entries);
    Files.write(files.resolve(name + ".crl"), server().status(path));
    var _ =
        Tool.OPENSSL
            .run(files, "crl", "-inform", "der", "-in", name + ".crl", "-out", name + "-crl.pem")
            .ok();
  }

  private static int entries(byte[] crl) throws Exception {
    var parsed =
        (X509CRL)
            CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(crl));
    return Optional.ofNullable(parsed.getRevokedCertificates()).map(all -> all.size()).orElse(0);
  }

  private static void pem(String name, Certificate certificate) throws IOException {
    Files.writeString(
        files.resolve(name + ".pem"), Pem.encode("CERTIFICATE", certificate.der().toByteArray()));
  }

  private static void join(String into, String... parts) throws IOException {
    var text = new ArrayList<String>();
    for (var part : parts) {
      text.add(Files.readString(files.resolve(part)));
    }
    Files.writeString(files.resolve(into), String.join("", text));
  }

  private static String path(String url) {
    return URI.create(url).getPath();
  }

  /// Of the files in the folder itself.
  private static void copyOf(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (var old : filesIn(to)) {
      Files.delete(old);
    }
    for (var each : filesIn(from)) {
      Files.copy(each, to.resolve(each.getFileName()));
    }
  }

  private static List<Path> filesIn(Path folder) throws IOException {
    try (var listed = Files.list(folder)) {
      return listed.filter(Files::isRegularFile).toList();
    }
  }

  private static Certificate certificate(String device) {
    return Optional.ofNullable(DEVICES.get(device)).orElseThrow().certificate();
  }

  private static String issuer(Authority authority) {
    return authority.role;
  }

  private static String device(Authority authority, Standing standing) {
    return (authority + "-" + standing).toLowerCase(Locale.ROOT);
  }

  private static RunningServer server() {
    return Optional.ofNullable(server).orElseThrow();
  }

  private static StatusClients clients() {
    return Optional.ofNullable(clients).orElseThrow();
  }
}
