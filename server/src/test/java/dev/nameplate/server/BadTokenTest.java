package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.est.CertsOnly;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A whole server on a token that hangs, or lies.
class BadTokenTest {

  private static final int SESSIONS = 4;
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  private static RunningServer server;
  private static ChaosToken token;

  @BeforeAll
  static void start() throws Exception {
    var made = RunningServer.start();
    token = new ChaosToken(made.dir.resolve("token"));
    server = token.restarted(made);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void behave() throws Exception {
    token.behave();
    await().atMost(Duration.ofSeconds(30)).until(() -> ready().statusCode() == 200);
  }

  @Test
  void whileEveryCallHangsTheRestOfTheServerAnswersAndNobodyWaitsForLong() throws Exception {
    var pump = server.enrolled("pump");
    var ocsp = ocspUrl(pump);
    var crl = crlUrl();
    var signedBefore = get(ocsp);
    assertThat(signedBefore.statusCode()).isEqualTo(200);
    var secret = server.register("late");
    var key = SoftwareKey.generate(KeyType.EC_P256);

    token.hang();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HttpResponse<String>>> devices = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        var name = "caught-" + i;
        var own = server.register(name);
        var ownKey = SoftwareKey.generate(KeyType.EC_P256);
        devices.add(threads.submit(() -> enroll(name, own, ownKey)));
      }
      theRestAnswers(ocsp, signedBefore.body(), crl);
      for (var device : devices) {
        assertThat(device.get().statusCode()).isEqualTo(503);
        assertThat(device.get().headers().firstValue("Retry-After")).isPresent();
      }
    }
    await()
        .atMost(DEADLINE.plusSeconds(10))
        .untilAsserted(() ->
            assertThat(server.monitoring("/metrics"))
                .contains("nameplate_hsm_hung{token=\"nameplate\"} 4.0"));

    long start = System.nanoTime();
    var late = enroll("late", secret, key);
    assertThat(late.statusCode()).isEqualTo(503);
    assertThat(late.headers().firstValue("Retry-After")).isPresent();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DEADLINE);
    theRestAnswers(ocsp, signedBefore.body(), crl);
    assertThat(ready().statusCode()).isEqualTo(503);
    assertThat(ready().body())
        .contains("not ready: token: a call into the library has not returned since")
        .contains("restart the process");
    assertThat(server.monitoring("/metrics"))
        .contains("nameplate_hsm_refused_total{reason=\"deadline\",token=\"nameplate\"}")
        .contains("nameplate_hsm_refused_total{reason=\"hung\",token=\"nameplate\"}");

    token.behave();
    await().atMost(Duration.ofSeconds(30)).until(() -> ready().statusCode() == 200);
    assertThat(enroll("late", secret, key).statusCode()).isEqualTo(200);
  }

  @Test
  void aWrongSignatureIsNoCertificate() throws Exception {
    var secret = server.register("victim");
    token.lie();

    nothingIsIssued("victim", secret);
  }

  @Test
  void aSignatureByAnotherKeyIsNoCertificate() throws Exception {
    var secret = server.register("swapped");
    get(ocspUrl(server.enrolled("before"))); // by the other key
    token.swapKeys();

    nothingIsIssued("swapped", secret);
  }

  private static void nothingIsIssued(String device, String secret) throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);

    var refused = enroll(device, secret, key);

    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(refused.body()).doesNotContain("MII");
    assertThat(states(device)).doesNotContain("issued").hasSizeLessThanOrEqualTo(1);
    assertThat(audited(device)).doesNotContain("Issued");
    assertThat(ready().statusCode()).isEqualTo(503);
    assertThat(ready().body()).contains("not ready: token: ").contains("does not verify");

    token.behave();
    await().atMost(Duration.ofSeconds(30)).until(() -> ready().statusCode() == 200);
    assertThat(enroll(device, secret, key).statusCode()).isEqualTo(200);
    assertThat(audited(device)).contains("Issued");
  }

  private static void theRestAnswers(URI ocsp, byte[] ocspBefore, URI crl) throws Exception {
    var cached = get(ocsp);
    assertThat(cached.statusCode()).isEqualTo(200);
    assertThat(cached.body()).isEqualTo(ocspBefore);
    assertThat(get(crl).statusCode()).isEqualTo(200);
    assertThat(server.est("cacerts").statusCode()).isEqualTo(200);
    assertThat(server.get("/devices").status()).isEqualTo(200);
    assertThat(server.monitoringStatus("/health/live")).isEqualTo(200);
  }

  private static List<String> states(String device) throws Exception {
    var states = new ArrayList<String>();
    server
        .get("/certificates?device=" + device)
        .body()
        .get("items")
        .forEach(certificate -> states.add(certificate.get("state").asText()));
    return states;
  }

  private static List<String> audited(String device) throws Exception {
    var types = new ArrayList<String>();
    for (var event : server.get("/audit?limit=100&subject=device:" + device).body().get("items")) {
      types.add(event.get("kind").asText());
    }
    return types;
  }

  private static HttpResponse<String> enroll(String device, String secret, SoftwareKey key)
      throws Exception {
    return server.enroll(Optional.empty(), device, Optional.of(secret), key);
  }

  private static HttpResponse<String> ready() throws Exception {
    var url = URI.create(server.nameplate.metricsUrl() + "/health/ready");
    return server.send(Optional.empty(), HttpRequest.newBuilder(url).build());
  }

  private static URI crlUrl() throws Exception {
    var crls = server.get("/crls").body().get("items");
    return URI.create(
        server.nameplate.statusUrl() + URI.create(crls.get(0).get("url").asText()).getPath());
  }

  /// What asks for the status of this certificate, as openssl would.
  private static URI ocspUrl(RunningServer.Identity device) throws Exception {
    var certificate = server.dir.resolve("asked.pem");
    Files.writeString(
        certificate, Pem.encode("CERTIFICATE", device.certificate().der().toByteArray()));
    var issuing =
        CertsOnly.decode(Base64.getMimeDecoder().decode(server.est("cacerts").body())).stream()
            .filter(ca -> ca.subject().equals(device.certificate().issuer()))
            .findFirst()
            .orElseThrow();
    var issuer = server.dir.resolve("issuer.pem");
    Files.writeString(issuer, Pem.encode("CERTIFICATE", issuing.der().toByteArray()));
    var request = server.dir.resolve("ocsp.der");
    Tool.OPENSSL.run(
        server.dir,
        "ocsp",
        "-no_nonce",
        "-issuer",
        issuer.toString(),
        "-cert",
        certificate.toString(),
        "-reqout",
        request.toString());
    var text = Base64.getEncoder().encodeToString(Files.readAllBytes(request));
    return URI.create(
        server.nameplate.statusUrl()
            + "/ocsp/"
            + URLEncoder.encode(text, StandardCharsets.US_ASCII));
  }

  private static HttpResponse<byte[]> get(URI url) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofByteArray());
    }
  }
}
