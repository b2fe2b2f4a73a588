package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.RevocationReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 6960 appendix A and RFC 9919 sections 5 and 6: OCSP over HTTP.
class Rfc6960AppendixATest {

  private static final String REQUEST_TYPE = "application/ocsp-request";
  private static final BigInteger NEVER_ISSUED = new BigInteger("5eaf00d5", 16);

  private final FakeClock clock = new FakeClock();
  private final HttpClient http = HttpClient.newHttpClient();
  private StatusSite site;
  private Issuer issuer;

  @BeforeEach
  void openTheSite() throws Exception {
    site = StatusSite.open(clock);
    issuer = site.pki().issuing().issuer();
  }

  @AfterEach
  void closeTheSite() throws Exception {
    http.close();
    site.close();
  }

  @Test
  @Tag("O01")
  void postAndGetBothWork() throws Exception {
    var pump = Ask.about(issuer, site.enrolled("pump-1").serial().value()).der();

    assertThat(says(post(pump))).containsExactly("good");
    assertThat(says(get(base64(pump)))).containsExactly("good");
    assertThat(post(pump).headers().firstValue("Content-Type"))
        .contains("application/ocsp-response");
  }

  @Test
  @Tag("O01")
  void aThousandRequestsInSixSpellingsOfGetAreAnsweredLikeThePost() throws Exception {
    var random = new Random(1);
    var good = site.enrolled("pump-1").serial().value();
    var revoked = site.enrolled("pump-2");
    site.revoke(revoked, RevocationReason.SUPERSEDED);
    var expected = List.of(List.of("unknown"), List.of("good"), List.of("revoked"));
    List<UnaryOperator<String>> spellings =
        List.of(
            base64 -> base64,
            base64 -> base64.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
            base64 -> base64.replace("+", "%2b").replace("/", "%2f").replace("=", "%3d"),
            base64 -> base64.replace("=", ""),
            base64 -> base64.replace('+', '-').replace('/', '_'),
            base64 -> "/" + base64.replace("/", "%2F"));
    int doubleSlashes = 0;

    for (int i = 0; i < 1000; i++) {
      var serial =
          switch (i % 3) {
            case 0 -> new BigInteger(159, random);
            case 1 -> good;
            default -> revoked.serial().value();
          };
      var nonce = new byte[1 + random.nextInt(64)];
      random.nextBytes(nonce);
      var der = Ask.about(issuer, serial).nonce(nonce).der();
      var base64 = base64(der);
      doubleSlashes += base64.contains("//") ? 1 : 0;

      assertThat(says(post(der))).isEqualTo(expected.get(i % 3));
      for (var spelling : spellings) {
        assertThat(says(get(spelling.apply(base64))))
            .as(spelling.apply(base64))
            .isEqualTo(expected.get(i % 3));
      }
    }
    assertThat(doubleSlashes).isPositive();
  }

  @Test
  @Tag("O01")
  void aRequestOfMoreThan255BytesIsServedOverGet() throws Exception {
    var serial = site.enrolled("pump-1").serial().value();
    var der = Ask.about(issuer, serial, serial, serial, serial, serial).der();

    assertThat(der).hasSizeGreaterThan(255);
    assertThat(says(get(base64(der)))).hasSize(5).containsOnly("good");
  }

  @ParameterizedTest
  @Tag("O02")
  @ValueSource(
      strings = {
        "/ocsp",
        "/ocsp/",
        "/ocsp/AAAA",
        "/ocsp/not.base64",
        "/ocsp/~~~~",
        "/ocsp/M",
        "/ocsp/////",
        "/ocsp/%41%41%41%41"
      })
  void garbageInThePathIsMalformedWithHttp200(String path) throws Exception {
    var response = send(HttpRequest.newBuilder(site.uri(path)).GET());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(says(response)).containsExactly("malformedRequest");
    assertThat(response.headers().firstValue("Cache-Control")).contains("no-cache");
  }

  @Test
  void whatIsAmbiguousInAnotherWayThanBase64IsRefusedByTheListener() throws Exception {
    for (var path : List.of("/ocsp/..%2f..%2fetc", "/ocsp/%2e%2e/x", "/ocsp/%00", "/ocsp/%zz")) {
      assertThat(statusOf("GET " + path + " HTTP/1.1")).as(path).startsWith("HTTP/1.1 ");
      assertThat(statusOf("GET " + path + " HTTP/1.1")).as(path).doesNotContain(" 5");
    }
    assertThat(statusOf("GET /ocsp/%2e%2e/x HTTP/1.1")).isEqualTo("HTTP/1.1 400 Bad Request");
  }

  @Test
  @Tag("O02")
  void aWrongContentTypeIs415() throws Exception {
    for (var type :
        List.of("application/octet-stream", "text/plain", "application/ocsp-requests")) {
      assertThat(send(postTo("/ocsp", type, BodyPublishers.ofByteArray(new byte[3]))).statusCode())
          .isEqualTo(415);
    }
    var withoutType = HttpRequest.newBuilder(site.uri("/ocsp"));
    assertThat(send(withoutType.POST(BodyPublishers.ofByteArray(new byte[3]))).statusCode())
        .isEqualTo(415);
    var pump = Ask.about(issuer, NEVER_ISSUED).der();
    var parameters = "Application/OCSP-Request; charset=utf-8";
    assertThat(says(send(postTo("/ocsp/", parameters, BodyPublishers.ofByteArray(pump)))))
        .containsExactly("unknown");
  }

  @Test
  @Tag("O02")
  void aBodyThatIsTooLargeIs413WhetherItsLengthIsToldOrNot() throws Exception {
    var large = new byte[10 * 1024 + 1];

    assertThat(post(large).statusCode()).isEqualTo(413);
    var chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large));
    assertThat(send(postTo("/ocsp", REQUEST_TYPE, chunked)).statusCode()).isEqualTo(413);
  }

  @Test
  void anotherMethodIs405AndSaysWhichAreAllowed() throws Exception {
    for (var method : List.of("PUT", "DELETE", "OPTIONS", "PATCH")) {
      var response =
          send(HttpRequest.newBuilder(site.uri("/ocsp")).method(method, BodyPublishers.noBody()));
      assertThat(response.statusCode()).isEqualTo(405);
      assertThat(response.headers().firstValue("Allow")).contains("GET, HEAD, POST");
    }
  }

  @Test
  @Tag("O15")
  void headTellsWhatGetWouldWithoutTheBytes() throws Exception {
    var path = "/ocsp/" + base64(Ask.about(issuer, site.enrolled("pump-1").serial().value()).der());

    var got = send(HttpRequest.newBuilder(site.uri(path)).GET());
    var head = send(HttpRequest.newBuilder(site.uri(path)).method("HEAD", BodyPublishers.noBody()));

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    for (var field : List.of("ETag", "Content-Length", "Cache-Control", "Expires")) {
      assertThat(head.headers().firstValue(field)).isEqualTo(got.headers().firstValue(field));
    }
  }

  @Test
  @Tag("O15")
  void whoHasTheAnswerAlreadyGets304() throws Exception {
    var path = "/ocsp/" + base64(Ask.about(issuer, site.enrolled("pump-1").serial().value()).der());
    var etag = send(HttpRequest.newBuilder(site.uri(path))).headers().firstValue("ETag");

    for (var known : List.of(etag.orElseThrow(), "\"x\", " + etag.get(), "W/" + etag.get(), "*")) {
      var response = send(HttpRequest.newBuilder(site.uri(path)).header("If-None-Match", known));
      assertThat(response.statusCode()).as(known).isEqualTo(304);
      assertThat(response.body()).isEmpty();
      assertThat(response.headers().firstValue("ETag")).isEqualTo(etag);
      assertThat(response.headers().firstValue("Cache-Control"))
          .contains("max-age=300,public,no-transform,must-revalidate");
    }
    assertThat(
            send(HttpRequest.newBuilder(site.uri(path)).header("If-None-Match", "\"x\""))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  @Tag("O15")
  void everyDateIsAnImfFixdate() throws Exception {
    var pump = Ask.about(issuer, site.enrolled("pump-1").serial().value()).der();

    var headers = get(base64(pump)).headers();

    for (var field : List.of("Date", "Last-Modified", "Expires")) {
      assertThat(headers.firstValue(field).orElseThrow())
          .matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
    }
  }

  @Test
  void anotherPathIs404() throws Exception {
    for (var path : List.of("/", "/ocspx", "/crl", "/favicon.ico")) {
      var response = send(HttpRequest.newBuilder(site.uri(path)).GET());
      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(response.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/plain");
    }
    assertThat(send(postTo("/ocsp/AAAA", REQUEST_TYPE, BodyPublishers.noBody())).statusCode())
        .isEqualTo(404);
  }

  @Test
  @Tag("O15")
  void anAnswerOverGetSaysHowLongItMayBeKept() throws Exception {
    var pump = Ask.about(issuer, site.enrolled("pump-1").serial().value()).der();

    var response = get(base64(pump));

    var headers = response.headers();
    assertThat(headers.firstValue("Cache-Control"))
        .contains("max-age=300,public,no-transform,must-revalidate");
    assertThat(date(headers.firstValue("Last-Modified").orElseThrow())).isEqualTo(FakeClock.START);
    assertThat(date(headers.firstValue("Expires").orElseThrow()))
        .isEqualTo(FakeClock.START.plus(Duration.ofHours(12)));
    assertThat(headers.firstValue("ETag"))
        .contains('"' + Der.of(response.body()).sha256Hex() + '"');
    assertThat(headers.firstValue("Date")).isPresent();
    assertThat(headers.firstValue("Server")).isEmpty();
  }

  @Test
  @Tag("O15")
  void noCacheKeepsAnAnswerBeyondItsNextUpdate() throws Exception {
    var pump = Ask.about(issuer, site.enrolled("pump-1").serial().value()).der();
    clock.set(site.pki().ocspSigner().notAfter().minusSeconds(60));

    assertThat(get(base64(pump)).headers().firstValue("Cache-Control"))
        .contains("max-age=59,public,no-transform,must-revalidate");
  }

  @Test
  @Tag("O15")
  void neitherANonceNorAnErrorNorAnUnknownIsKept() throws Exception {
    var serial = site.enrolled("pump-1").serial().value();

    assertThat(
            List.of(
                get(base64(Ask.about(issuer, serial).nonce(new byte[8]).der())),
                get(base64(Ask.about(issuer, NEVER_ISSUED).der())),
                get("AAAA"),
                post(Ask.about(issuer, serial).der())))
        .allSatisfy(response -> {
          assertThat(response.headers().firstValue("Cache-Control")).contains("no-cache");
          assertThat(response.headers().firstValue("ETag")).isEmpty();
        });
  }

  @Test
  @Tag("O18")
  void tryLaterSaysWhen() throws Exception {
    site.pki().ocspKey().unplug();

    var response = post(Ask.about(issuer, NEVER_ISSUED).der());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(says(response)).containsExactly("tryLater");
    assertThat(response.headers().firstValue("Retry-After")).contains("10");
  }

  @Test
  void aBodyThatComesSlowlyHoldsNoThread() throws Exception {
    var pump = Ask.about(issuer, site.enrolled("pump-1").serial().value()).der();
    var slow = new ArrayList<Socket>();
    try {
      // more than Jetty has threads
      for (int i = 0; i < 300; i++) {
        var socket = connect();
        socket.getOutputStream().write(head(pump.length));
        socket.getOutputStream().write(pump, 0, 10);
        socket.getOutputStream().flush();
        slow.add(socket);
      }

      assertThat(says(post(pump))).containsExactly("good");
      for (var socket : slow) {
        socket.getOutputStream().write(pump, 10, pump.length - 10);
        socket.getOutputStream().flush();
        assertThat(firstLine(socket.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
      }
    } finally {
      for (var socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void aBodyThatNeverComesIs408() throws Exception {
    site.waitAtMost(Duration.ofMillis(200));
    try (var socket = connect()) {
      socket.getOutputStream().write(head(100));
      socket.getOutputStream().flush();

      assertThat(firstLine(socket.getInputStream())).isEqualTo("HTTP/1.1 408 Request Timeout");
    }
  }

  @Test
  void brokenChunksAre400() throws Exception {
    try (var socket = connect()) {
      var head = new String(head(1), StandardCharsets.US_ASCII);
      var chunked = head.replace("Content-Length: 1", "Transfer-Encoding: chunked") + "zz\r\n";
      socket.getOutputStream().write(chunked.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();

      assertThat(firstLine(socket.getInputStream())).isEqualTo("HTTP/1.1 400 Bad Request");
    }
  }

  @Test
  void garbageIsNeverA5xx() throws Exception {
    var random = new Random(7);
    for (int i = 0; i < 500; i++) {
      var bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      assertThat(post(bytes).statusCode()).isEqualTo(200);
      var path = new String(bytes, StandardCharsets.ISO_8859_1).replaceAll("[\r\n ]", "x");
      assertThat(statusOf("GET /ocsp/" + path + " HTTP/1.1")).matches("HTTP/1.1 [24]\\d\\d .*");
    }
  }

  private HttpResponse<byte[]> post(byte[] der) throws Exception {
    return send(postTo("/ocsp", REQUEST_TYPE, BodyPublishers.ofByteArray(der)));
  }

  private HttpResponse<byte[]> get(String encoded) throws Exception {
    return send(HttpRequest.newBuilder(site.uri("/ocsp/" + encoded)).GET());
  }

  private HttpRequest.Builder postTo(String path, String type, BodyPublisher body) {
    URI uri = site.uri(path);
    return HttpRequest.newBuilder(uri).header("Content-Type", type).POST(body);
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofByteArray());
  }

  private static List<String> says(HttpResponse<byte[]> response) {
    return Heard.of(response.body()).says();
  }

  private static String base64(byte[] der) {
    return Base64.getEncoder().encodeToString(der);
  }

  private static Instant date(String imfFixdate) {
    return ZonedDateTime.parse(imfFixdate, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
  }

  private Socket connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), site.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static byte[] head(int length) {
    return ("POST /ocsp HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
            + REQUEST_TYPE
            + "\r\nContent-Length: "
            + length
            + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /// Sends what no client library would.
  private String statusOf(String requestLine) throws IOException {
    try (var socket = connect()) {
      var request = requestLine + "\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return firstLine(socket.getInputStream());
    }
  }

  private static String firstLine(InputStream input) throws IOException {
    var line = new StringBuilder();
    for (int c = input.read(); c >= 0 && c != '\r'; c = input.read()) {
      line.append((char) c);
    }
    return line.toString();
  }
}
