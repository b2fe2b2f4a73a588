package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.KeyType;
import java.io.ByteArrayOutputStream;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Transfer encodings, in raw bytes: what clients may send, and exactly what they get.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Rfc8951Test {

  private final EstFixture est = EstFixture.start();

  @AfterAll
  void stop() {
    est.close();
  }

  @Test
  void u5u8AnAnswerIsExactlyThis() throws Exception {
    var device = est.enrolled("u8");
    try (var client = EstClient.of(est, device)) {
      var answer = client.reenroll(device.csr());

      assertThat(answer.statusLine()).isEqualTo("HTTP/1.1 200 OK");
      assertThat(answer.headers())
          .hasSizeLessThan(16)
          .filteredOn(line -> !line.startsWith("Date: "))
          .containsExactlyInAnyOrder(
              "Content-Type: application/pkcs7-mime; smime-type=certs-only",
              "Content-Transfer-Encoding: base64",
              "Content-Length: " + answer.text().length());
      assertThat(answer.text()).matches("[A-Za-z0-9+/]+=*\n");
    }
  }

  @Test
  void u8TheAnswerToAGetIsExactlyThis() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var answer = client.get("cacerts");

      assertThat(answer.headers())
          .filteredOn(line -> !line.startsWith("Date: "))
          .containsExactlyInAnyOrder(
              "Content-Type: application/pkcs7-mime",
              "Content-Transfer-Encoding: base64",
              "Content-Length: " + answer.text().length());
    }
  }

  @Test
  void u8ALongAnswerIsWrappedForWhoeverSendsWrapped() throws Exception {
    var device = FakeDevice.with("u8-long", SoftwareKey.generate(KeyType.RSA_2048));
    var secret = est.register("u8-long");
    var authorization = "Authorization: " + EstFixture.basic("u8-long", secret.text());
    try (var client = EstClient.anonymous(est)) {
      var wrapped =
          client.post("simpleenroll", Requests.wrapped(device.csr()), authorization).text();
      var oneLine =
          client.post("simpleenroll", Requests.oneLine(device.csr()), authorization).text();

      assertThat(wrapped.lines())
          .hasSizeGreaterThan(10)
          .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(64));
      assertThat(wrapped).endsWith("\n").doesNotContain("\r");
      assertThat(oneLine).containsOnlyOnce("\n").endsWith("\n");
      assertThat(wrapped.replace("\n", "")).isEqualTo(oneLine.strip());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"base64", "binary", "7bit", "nonsense"})
  void u6AnyContentTransferEncodingIsIgnored(String encoding) throws Exception {
    var device = est.enrolled("u6-" + encoding);
    try (var client = EstClient.of(est, device)) {
      assertThat(
              client
                  .post(
                      "simplereenroll",
                      Requests.wrapped(device.csr()),
                      "Content-Transfer-Encoding: " + encoding)
                  .status())
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/pkcs10",
        "application/pkcs10; charset=us-ascii",
        "APPLICATION/PKCS10;name=\"a.p10\""
      })
  void u7TheContentTypeMayHaveParameters(String type) throws Exception {
    var device = est.enrolled("u7-" + Math.floorMod(type.hashCode(), 1000));
    byte[] body = Requests.oneLine(device.csr());
    try (var client = EstClient.of(est, device)) {
      assertThat(
              client
                  .raw(
                      "POST",
                      EstClient.EST + "simplereenroll",
                      body,
                      "Content-Type: " + type,
                      "Content-Length: " + body.length)
                  .status())
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"*/*", "application/pkcs7-mime", "text/html", "multipart/mixed"})
  void whatAClientSaysThatItAcceptsChangesNothing(String accept) throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get("cacerts", "Accept: " + accept).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Accept: ;;;", "Content-Type: ;;;", "Content-Type: a/b/c", "Authorization: \u00e9",
        "Authorization: Basic ====", "Accept-Language: ;q=x", "Cookie: =;=", "If-Match: x"
      })
  void nonsenseInAHeaderIsTheClientsFaultAndTellsNothing(String header) throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var answer =
          client.raw(
              "POST",
              EstClient.EST + "simpleenroll",
              new byte[] {'A'},
              header,
              "Content-Length: 1");

      assertThat(answer.status()).isIn(400, 401, 415);
      assertThat(answer.text()).doesNotContain("Exception").doesNotContain("<html");
    }
  }

  @Test
  void u7ABodyMayComeInChunks() throws Exception {
    var device = est.enrolled("u7-chunks");
    byte[] body = Requests.wrapped(device.csr());
    try (var client = EstClient.of(est, device)) {
      var answer =
          client.raw(
              "POST",
              EstClient.EST + "simplereenroll",
              chunked(body, 100),
              "Content-Type: application/pkcs10",
              "Transfer-Encoding: chunked");

      assertThat(answer.status()).isEqualTo(200);
    }
  }

  @Test
  void u7ABodyMayWearPemArmour() throws Exception {
    var device = est.enrolled("u7-pem");
    var pem =
        "-----BEGIN CERTIFICATE REQUEST-----\n"
            + new String(Requests.wrapped(device.csr()), US_ASCII)
            + "-----END CERTIFICATE REQUEST-----\n";
    try (var client = EstClient.of(est, device)) {
      assertThat(client.post("simplereenroll", pem.getBytes(US_ASCII)).status()).isEqualTo(200);
    }
  }

  @Test
  void u9ABodyThatIsTooLargeIsRefused() throws Exception {
    byte[] body = "A".repeat(24 * 1024 + 1).getBytes(US_ASCII);
    try (var client = EstClient.anonymous(est)) {
      var answer = client.post("simpleenroll", body);

      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.text()).startsWith("The request body is too large");
    }
  }

  @Test
  void u9c3ABodyInChunksIsNotReadBeyondTheLimit() throws Exception {
    // one byte more than may be, of a body that does not end
    byte[] beginning = chunks("A".repeat(24 * 1024 + 1).getBytes(US_ASCII), 1024);
    try (var client = EstClient.anonymous(est)) {
      var answer =
          client.raw(
              "POST",
              EstClient.EST + "simpleenroll",
              beginning,
              "Content-Type: application/pkcs10",
              "Transfer-Encoding: chunked");

      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.text()).startsWith("The request body is too large");
    }
  }

  @Test
  void u10AnErrorIsOneSentenceOfText() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var answer = client.get("nothing");

      assertThat(answer.header("Content-Type").orElseThrow().toLowerCase(Locale.ROOT))
          .startsWith("text/plain");
      assertThat(answer.text()).isEqualTo("There is no such EST operation here.\n");
    }
  }

  @Test
  void b9WhatARequestSaysIsQuotedInOneLine() throws Exception {
    var device = est.enrolled("b9");
    try (var client = EstClient.of(est, device)) {
      var answer = client.reenroll(Requests.of("b9\r\nX-Injected: yes", device.key()));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.header("X-Injected")).isEmpty();
      assertThat(answer.text().lines()).hasSize(1);
    }
  }

  private static byte[] chunked(byte[] body, int size) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(chunks(body, size));
    out.writeBytes("0\r\n\r\n".getBytes(UTF_8));
    return out.toByteArray();
  }

  /// Without the chunk that says that it was all.
  private static byte[] chunks(byte[] body, int size) {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < body.length; i += size) {
      int length = Math.min(size, body.length - i);
      out.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(UTF_8));
      out.write(body, i, length);
      out.writeBytes("\r\n".getBytes(UTF_8));
    }
    return out.toByteArray();
  }
}
