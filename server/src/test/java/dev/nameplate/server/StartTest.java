package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.InitSummary;
import dev.nameplate.server.setup.Initialization;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Starting and stopping, over and over, in one folder.
class StartTest {

  private static Path dir;
  private static InitSummary made;

  @BeforeAll
  static void init() throws Exception {
    dir = RunningServer.freshFolder();
    made = Initialization.run(InitOptions.onFreePorts(dir, "Acme"), _ -> {});
  }

  @Test
  void aBusyPortIsNamedWithItsListener() throws Exception {
    int port = made.adminUrl().getPort();
    try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> Nameplate.start(dir))
          .isInstanceOf(StartException.class)
          .hasMessageStartingWith("the admin listener cannot have 127.0.0.1:" + port)
          .hasMessageContaining("Address already in use");
    }
    Nameplate.start(dir).close();
  }

  @Test
  void settingsThatAreWrongStopTheStartWithTheirLines() throws Exception {
    var file = dir.resolve(SettingsFile.NAME);
    var right = Files.readString(file);
    int line = (int) right.lines().count() + 1;
    try {
      Files.writeString(file, right + "colour: blue\nshape: round\n");

      assertThatThrownBy(() -> Nameplate.start(dir))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("nameplate.yaml:" + line + ": unknown setting colour")
          .hasMessageContaining("nameplate.yaml:" + (line + 1) + ": unknown setting shape");
    } finally {
      Files.writeString(file, right);
    }
  }

  @Test
  void aNodeNeedsNoSecretsOfRolesThatItDoesNotHave() throws Exception {
    var aside = Files.createDirectory(dir.resolve("aside"));
    Files.move(dir.resolve("secrets.key"), aside.resolve("secrets.key"));
    Files.move(dir.resolve("tls"), aside.resolve("tls"));
    try {
      try (var jobs = Nameplate.start(dir, Set.of(Settings.Role.JOBS))) {
        assertThat(ready(jobs).statusCode()).isEqualTo(200);
      }
      assertThatThrownBy(() -> Nameplate.start(dir, Set.of(Settings.Role.ADMIN)))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("server.key");
    } finally {
      Files.move(aside.resolve("secrets.key"), dir.resolve("secrets.key"));
      Files.move(aside.resolve("tls"), dir.resolve("tls"));
    }
  }

  @Test
  void aFolderWithoutACaSaysHowToMakeOne() {
    assertThatThrownBy(() -> Nameplate.start(dir.resolve("profiles")))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("nameplate init --dir ");
  }

  @Test
  void aStoppedServerStartsAgainAndItsAuditLogGoesOn() throws Exception {
    Nameplate.start(dir).close();

    try (var again = Nameplate.start(dir)) {
      assertThat(ready(again).statusCode()).isEqualTo(200);
      assertThat(get(again.statusUrl() + issuerPath(made)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void closingLetsARequestThatIsUnderWayFinishAndTakesNoMore() throws Exception {
    var server = Nameplate.start(dir);
    var status = server.statusUrl();
    try (var slow = new Socket(status.getHost(), status.getPort())) {
      var head =
          "POST /ocsp HTTP/1.1\r\nHost: status\r\nContent-Type: application/ocsp-request\r\n"
              + "Content-Length: 4\r\n\r\nab";
      slow.getOutputStream().write(head.getBytes(US_ASCII));
      slow.getOutputStream().flush();
      // answered by another connection: the first bytes of the slow one have then arrived too
      assertThat(ready(server).statusCode()).isEqualTo(200);

      var closed = CompletableFuture.runAsync(server::close);
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() ->
              assertThatThrownBy(() -> get(status + "/ocsp/").statusCode())
                  .isInstanceOf(ConnectException.class));
      assertThat(closed).isNotDone();
      slow.getOutputStream().write("cd".getBytes(US_ASCII));
      slow.getOutputStream().flush();

      var answer = new String(slow.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(answer).startsWith("HTTP/1.1 200").contains("application/ocsp-response");
      closed.get(15, TimeUnit.SECONDS);
    }
    assertThat(server.awaitStop()).isEmpty();
  }

  @Test
  void aStoreThatCannotGoOnStopsTheServerWithTheReason() throws Exception {
    var server = Nameplate.start(dir);

    server.fatal(new StoreException("the disk is full"));

    assertThat(server.awaitStop()).contains("the store cannot go on: the disk is full");
    Nameplate.start(dir).close();
  }

  @Test
  void whatIsNotHttpIsAnsweredInOneLineThatSaysNothingAboutUs() throws Exception {
    try (var server = Nameplate.start(dir);
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.metricsUrl().getPort())) {
      socket.getOutputStream().write("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(US_ASCII));

      var answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);

      assertThat(answer).startsWith("HTTP/1.1 400").doesNotContainIgnoringCase("jetty");
      assertThat(answer).doesNotContain("Server:").doesNotContain("\tat ");
    }
  }

  @Test
  void readinessSaysWhenTheTokenIsAwayAndWhenItIsBack() throws Exception {
    var tokens = dir.resolve("token/tokens");
    try (var server = Nameplate.start(dir)) {
      Files.move(tokens, dir.resolve("token/away"));
      try {
        await()
            .atMost(Duration.ofSeconds(20))
            .untilAsserted(() -> {
              assertThat(ready(server).statusCode()).isEqualTo(503);
              assertThat(ready(server).body()).contains("not ready: token: ");
            });
      } finally {
        Files.move(dir.resolve("token/away"), tokens);
      }
      await()
          .atMost(Duration.ofSeconds(40))
          .untilAsserted(() -> assertThat(ready(server).body()).isEqualTo("ready\n"));
    }
  }

  @Test
  void afterALongPauseOurOwnCertificatesAreRenewedBeforeAnybodyAsks() throws Exception {
    var before = tlsCertificate();
    var later = InstantSource.offset(InstantSource.system(), Duration.ofDays(500));

    Nameplate.start(dir, later).close();

    var after = tlsCertificate();
    assertThat(after.notAfter()).isAfter(before.notAfter());
    assertThat(after.subjectAltName()).isEqualTo(before.subjectAltName());
    assertThat(after.publicKey()).isNotEqualTo(before.publicKey());
    Nameplate.start(dir, later).close();
    assertThat(tlsCertificate()).as("once is enough").isEqualTo(after);
  }

  @Test
  void whereTheIssuingAuthorityIsOverTheServerStartsAllTheSameAndSaysSo() throws Exception {
    try (var first = RunningServer.start()) {
      var over = InstantSource.offset(InstantSource.system(), Duration.ofDays(3700));

      try (var again = first.restarted(over)) {
        assertThat(ready(again.nameplate).statusCode()).isEqualTo(503);
        assertThat(ready(again.nameplate).body()).contains("not ready: authorities: it ended at ");
        assertThat(get(again.nameplate.statusUrl() + issuerPath(first.made)).statusCode())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void aRevokedOcspSignerMakesTheServerUnreadyAndIsReplaced() throws Exception {
    try (var first = RunningServer.start()) {
      var signer =
          first
              .get("/certificates?limit=100")
              .body()
              .get("items")
              .valueStream()
              .filter(each -> each.get("owner").asText().startsWith("service:ocsp-main-"))
              .findFirst()
              .orElseThrow();
      first.post(
          "/certificates/" + signer.get("serial").asText() + "/revoke",
          "{\"reason\":\"keyCompromise\"}");
      assertThat(ready(first.nameplate).statusCode()).isEqualTo(503);
      assertThat(ready(first.nameplate).body()).contains("not ready: ocsp: ");

      first.nameplate.close();
      try (var again = Nameplate.start(first.dir)) {
        assertThat(ready(again).body()).isEqualTo("ready\n");
      }
    }
  }

  private static Certificate tlsCertificate() throws Exception {
    return Pem.decodeCertificates(Files.readString(dir.resolve("tls/server.pem"))).getFirst();
  }

  private static String issuerPath(InitSummary made) throws Exception {
    var issuing = Pem.decodeCertificates(Files.readString(made.trust())).getLast();
    return StatusUrls.certificatePath(IssuerId.of(issuing.publicKey()));
  }

  private static HttpResponse<String> ready(Nameplate server)
      throws IOException, InterruptedException {
    return get(server.metricsUrl() + "/health/ready");
  }

  private static HttpResponse<String> get(String url) throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    }
  }
}
