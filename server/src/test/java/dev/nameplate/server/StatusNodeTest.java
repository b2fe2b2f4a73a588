package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.NodeOptions;
import dev.nameplate.store.ReadOnlyDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// An issuing node and a status node, each with a folder and a token of its own, on one PostgreSQL.
class StatusNodeTest {

  private static final String READER = "status_reader";
  private static final Duration SOON = Duration.ofSeconds(20);

  private static EmbeddedPostgres postgres;
  private static RunningServer issuing;
  private static Path folder;
  private static NodeOptions options;
  private static NodeProcess node;

  @BeforeAll
  static void start() throws Exception {
    folder = Objects.requireNonNull(RunningServer.freshFolder().getParent());
    postgres =
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(folder.resolve("postgresql").toFile())
            .setDataDirectory(folder.resolve("data"))
            .setLocaleConfig("locale", "C.UTF-8")
            .start();
    issuing = RunningServer.start(as("postgres"));
    sql("CREATE ROLE " + READER + " LOGIN");
    sql(ReadOnlyDatabase.grants(READER, "public"));
    options = enrolled("status-1");
    node = started(options);
  }

  @AfterAll
  static void stop() throws Exception {
    node.close();
    issuing.close();
    postgres.close();
  }

  @Test
  @Tag("O17")
  void itSignsWithAKeyOfItsOwnAndSaysWithinASecondWhatWasRevoked() throws Exception {
    var pump = issuing.enrolled("pump-1").certificate();
    assertThat(remembered(pump)).contains("Response verify OK", ": good");
    assertThat(remembered(pump)).contains("Response verify OK", ": good");
    assertThat(issuing.get("/nodes/status-1").body().at("/signers").findValuesAsText("issuer"))
        .as("one for the issuing authority")
        .hasSize(1);

    var revoked =
        issuing.post(
            "/certificates/" + pump.serial().hex() + "/revoke", "{\"reason\":\"keyCompromise\"}");
    assertThat(revoked.status()).isEqualTo(200);

    await()
        .atMost(Duration.ofSeconds(1))
        .untilAsserted(
            () -> assertThat(remembered(pump)).contains("Response verify OK", ": revoked"));
    assertThat(ocsp(pump)).contains("Response verify OK", ": revoked");
  }

  @Test
  @Tag("O07")
  void itDoesNotAnswerForTheRootWhichNoNodeShouldHaveToReach() throws Exception {
    var root =
        Files.writeString(
            folder.resolve("root.pem"),
            Pem.encode(Pem.decodeCertificates(Files.readString(issuing.made.trust())).getFirst()));

    var about =
        Tool.OPENSSL
            .run(
                folder,
                "ocsp",
                "-issuer",
                root.toString(),
                "-cert",
                issuingFile().toString(),
                "-url",
                node.statusUrl() + "/ocsp")
            .output();

    assertThat(about).contains("Responder Error: unauthorized");
    var path =
        StatusUrls.crlPath(
            IssuerId.of(Pem.decodeCertificates(Files.readString(root)).getFirst().publicKey()),
            CrlScope.AUTHORITIES);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(status(path).body()).isEqualTo(issuing.status(path)).isNotEmpty());
  }

  @Test
  void itServesTheSameCrlsAndCertificates() throws Exception {
    var issuer = IssuerId.of(issuingCertificate().publicKey());
    var paths =
        Set.of(
            StatusUrls.crlPath(issuer, CrlScope.END_ENTITIES), StatusUrls.certificatePath(issuer));

    for (var path : paths) {
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(status(path).body()).isEqualTo(issuing.status(path)).isNotEmpty());
    }
  }

  @Test
  void itsFolderHasNothingToIssueWith() {
    assertThat(folder.resolve("status-1/profiles")).doesNotExist();
    assertThat(folder.resolve("status-1/secrets.key")).doesNotExist();
  }

  @Test
  void whatAlarmsItIsInTheAuditLogOfTheIssuingNodeUnderItsName() throws Exception {
    Tool.OPENSSL.run(
        folder,
        "ocsp",
        "-issuer",
        issuingFile().toString(),
        "-serial",
        "0x4711",
        "-url",
        node.statusUrl() + "/ocsp",
        "-CAfile",
        issuing.made.trust().toString());

    node.advance(Duration.ofSeconds(61));

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(issuing.get("/audit?limit=50").body().toString())
                .contains("NodeAlarm", "status-1", "ocsp never issued"));
  }

  @Test
  void withItsCertificateANodeMayAskForItselfAndForNothingElse() throws Exception {
    var identity = identity("status-1");
    var alarms = "{\"items\":[]}";

    assertThat(issuing.ask(identity, "POST", "/nodes/status-1/alarms", alarms).status())
        .isEqualTo(200);
    for (var path : Set.of("/nodes/status-2/alarms", "/nodes/status-1/retire", "/nodes")) {
      assertThat(issuing.ask(identity, "POST", path, alarms).status()).as(path).isEqualTo(403);
    }
    for (var path : Set.of("/nodes/status-1", "/server", "/devices", "/nothing")) {
      assertThat(issuing.ask(identity, "GET", path, "").status()).as(path).isEqualTo(403);
    }
    var two =
        """
        {"items":[{"what":"ocsp never issued","minute":"2026-11-23T12:01:00Z","count":41},
          {"what":"ocsp never issued","minute":"2026-11-23T12:00:00Z","count":1}]}
        """;
    assertThat(issuing.ask(identity, "POST", "/nodes/status-1/alarms", two).status())
        .isEqualTo(200);
    assertThat(issuing.get("/audit?limit=5").body().toString())
        .as("one event for both")
        .contains("2026-11-23T12:00:00Z", "42")
        .doesNotContain("2026-11-23T12:01:00Z");
    assertThat(issuing.post("/nodes/status-1/alarms", alarms).status())
        .as("an administrator does not speak for a node")
        .isEqualTo(403);
  }

  @Test
  void aNodeThatRaisesTooManyAlarmsIsToldToWait() throws Exception {
    var _ = enrolled("status-9");
    var identity = identity("status-9");
    var path = "/nodes/status-9/alarms";
    for (int i = 0; i < 120; i++) {
      assertThat(issuing.ask(identity, "POST", path, "{\"items\":[]}").status()).isEqualTo(200);
    }

    var refused = issuing.ask(identity, "POST", path, "{\"items\":[]}");

    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.body().get("detail").asText()).contains("too many alarms");
    assertThat(
            issuing
                .ask(identity("status-1"), "POST", "/nodes/status-1/alarms", "{\"items\":[]}")
                .status())
        .as("another one is not told to wait")
        .isEqualTo(200);
  }

  @Test
  void aNodeCannotHaveTheNameOfAnIssuingNode() throws Exception {
    var answer = issuing.post("/nodes", "{\"id\":\"main\"}");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.body().get("detail").asText()).contains("another node");
  }

  @Test
  void aRetiredNodeHasNoSignerAnyMore() throws Exception {
    try (var third = started(enrolled("status-3"))) {
      assertThat(ready(third).body()).isEqualTo("ready\n");

      var retired = issuing.post("/nodes/status-3/retire", "{\"reason\":\"keyCompromise\"}");

      assertThat(retired.status()).isEqualTo(200);
      assertThat(retired.body().get("revoked").findValuesAsText("owner"))
          .anyMatch("node:status-3"::equals)
          .anyMatch(owner -> owner.startsWith("service:ocsp-status-3-"));
      assertThat(retired.body().at("/node/signers")).as("none that signs").isEmpty();
      assertThat(ready(third).body()).contains("not ready: ocsp: no signer is valid");
      assertThat(
              issuing
                  .ask(identity("status-3"), "POST", "/nodes/status-3/alarms", "{\"items\":[]}")
                  .status())
          .isEqualTo(403);
    }
  }

  @Test
  void aSignerIsRenewedWithANewKeyInTime() throws Exception {
    var fourth = enrolled("status-4");
    started(fourth).close();

    try (var _ = NodeProcess.start(fourth, Duration.ofDays(61))) {
      await()
          .atMost(SOON)
          .untilAsserted(() -> {
            assertThat(issuing.get("/nodes/status-4").body().at("/signers"))
                .as("two, or more")
                .hasSizeGreaterThan(1);
            var now = TlsIdentity.load(SettingsFile.read(folder.resolve("status-4")).tls());
            assertThat(now.isWhole()).isTrue();
            assertThat(now.certificate())
                .as("the node's own, too")
                .isNotEqualTo(identity("status-4").certificate());
          });
    }
  }

  @Test
  void itGoesOnWithoutTheIssuingNodeAndStartsWithoutIt() throws Exception {
    var pump = issuing.enrolled("pump-2").certificate();
    issuing.nameplate.close();
    try {
      assertThat(ocsp(pump)).contains("Response verify OK", ": good");

      node.close();
      node = started(options);

      assertThat(ocsp(pump)).contains("Response verify OK", ": good");
      assertThat(ready(node).body()).isEqualTo("ready\n");
    } finally {
      issuing = issuing.restarted();
    }
  }

  @Test
  @Tag("O18")
  void withoutTheDatabaseItSaysWhatItRemembersAndElseTryLaterAndComesBackByItself()
      throws Exception {
    var pump = issuing.enrolled("pump-3").certificate();
    assertThat(remembered(pump)).contains("Response verify OK", ": good");
    sql("ALTER ROLE " + READER + " NOLOGIN");
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + READER + "'");
    try {
      assertThat(ready(node).body()).contains("not ready: store: ");
      assertThat(remembered(pump)).contains("Response verify OK", ": good");
      assertThat(ocsp(pump)).as("a nonce needs a new answer").contains("Responder Error: trylater");
    } finally {
      sql("ALTER ROLE " + READER + " LOGIN");
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(ocsp(pump)).contains("Response verify OK", ": good"));
  }

  @Test
  void aFolderWithACaIsNoStatusNodeAndTheOtherWayRound() {
    assertThatThrownBy(() -> Nameplate.start(issuing.dir, Set.of(Settings.Role.STATUS)))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("needs an issuing_node")
        .hasMessageContaining("nameplate node init");
    assertThatThrownBy(() -> Nameplate.start(folder.resolve("status-1"), Set.of(Settings.Role.EST)))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("listeners.est");
    assertThatThrownBy(
            () -> Nameplate.start(folder.resolve("status-1"), Set.of(Settings.Role.JOBS)))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("this folder has no CA key");
  }

  /// It has its signers soon after it answers.
  private static NodeProcess started(NodeOptions of) throws Exception {
    var process = NodeProcess.start(of, Duration.ZERO);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(ready(process).body()).isEqualTo("ready\n"));
    return process;
  }

  /// Enrolls a node, and says what its folder is made of.
  private static NodeOptions enrolled(String name) throws Exception {
    var registered = issuing.post("/nodes", "{\"id\":\"" + name + "\"}");
    assertThat(registered.status()).as(registered.body().toString()).isEqualTo(201);
    var secret = registered.body().at("/secret/text").asText();
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var answer =
        issuing.enroll("node/simpleenroll", Optional.empty(), name, Optional.of(secret), key);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var identity = Files.createDirectory(folder.resolve(name + "-identity"));
    PrivateFile.write(identity.resolve("key.pem"), key.toPem());
    Files.writeString(
        identity.resolve("cert.pem"), Pem.encode(issuing.identity(key, answer).certificate()));
    return new NodeOptions(
        folder.resolve(name),
        identity,
        issuing.made.trust(),
        issuing.nameplate.adminUrl(),
        issuing.nameplate.estUrl(),
        issuing.made.statusUrl(),
        as(READER),
        "127.0.0.1",
        0,
        0);
  }

  private static RunningServer.Identity identity(String name) throws Exception {
    var identity = folder.resolve(name + "-identity");
    return new RunningServer.Identity(
        SoftwareKey.fromPem(Files.readString(identity.resolve("key.pem"))),
        Pem.decodeCertificates(Files.readString(identity.resolve("cert.pem"))));
  }

  private static InitOptions.Postgresql as(String user) throws Exception {
    var password = folder.resolve("password");
    PrivateFile.write(password, "not asked for\n");
    return new InitOptions.Postgresql(
        "jdbc:postgresql://localhost:" + postgres.getPort() + "/postgres", user, password);
  }

  private static void sql(String statements) throws Exception {
    try (var connection = postgres.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(statements);
    }
  }

  /// Without a nonce, so that the same answer may be given again.
  private static String remembered(Certificate certificate) throws Exception {
    return ocsp(certificate, "-no_nonce");
  }

  private static String ocsp(Certificate certificate) throws Exception {
    return ocsp(certificate, "-nonce");
  }

  private static String ocsp(Certificate certificate, String nonce) throws Exception {
    var file = folder.resolve(certificate.serial().hex() + ".pem");
    Files.writeString(file, Pem.encode(certificate));
    return Tool.OPENSSL
        .run(
            folder,
            "ocsp",
            "-issuer",
            issuingFile().toString(),
            "-cert",
            file.toString(),
            "-url",
            node.statusUrl() + "/ocsp",
            "-CAfile",
            issuing.made.trust().toString(),
            nonce)
        .output();
  }

  private static Certificate issuingCertificate() throws Exception {
    return Pem.decodeCertificates(Files.readString(issuing.made.trust())).getLast();
  }

  private static Path issuingFile() throws Exception {
    return Files.writeString(folder.resolve("issuing.pem"), Pem.encode(issuingCertificate()));
  }

  private static HttpResponse<byte[]> status(String path) throws Exception {
    return get(node.statusUrl() + path, BodyHandlers.ofByteArray());
  }

  private static HttpResponse<String> ready(NodeProcess server) throws Exception {
    return get(server.metricsUrl() + "/health/ready", BodyHandlers.ofString());
  }

  private static <T> HttpResponse<T> get(String url, HttpResponse.BodyHandler<T> body)
      throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(URI.create(url)).build(), body);
    }
  }
}
