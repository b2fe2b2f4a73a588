package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is too much, or not HTTP, on the EST listener of a whole server.
@Tag("U9")
class WireLimitsTest {

  private static final String POST =
      String.join(
          "\r\n",
          "POST /.well-known/est/simpleenroll HTTP/1.1",
          "Host: localhost",
          "Content-Type: application/pkcs10",
          "");

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void aHeaderThatIsTooLongIsRefused() throws Exception {
    assertThat(ask(POST + "X-Flood: " + "a".repeat(9_000) + "\r\n\r\n")).startsWith("HTTP/1.1 431");
  }

  @Test
  void tooManyHeadersAreRefused() throws Exception {
    assertThat(ask(POST + "X-Flood: a\r\n".repeat(2_000) + "\r\n")).startsWith("HTTP/1.1 431");
  }

  @Test
  void aBodyOfAGigabyteIsNotWaitedFor() throws Exception {
    assertThat(ask(POST + "Content-Length: 1073741824\r\n\r\nMIIB")).startsWith("HTTP/1.1 413");
  }

  @Test
  void aBodyWithoutEndIsCutOff() throws Exception {
    var chunk = "400\r\n" + "A".repeat(1024) + "\r\n";
    int sent = 0;
    try (var client = RawClient.secure(server, "127.0.0.1")) {
      client.send(POST + "Transfer-Encoding: chunked\r\n\r\n");
      while (sent < 1_000_000) {
        client.send(chunk);
        sent++;
      }
    } catch (IOException hungUp) {
      assertThat(sent).isLessThan(1_000_000);
    }
    assertThat(sent).as("chunks").isLessThan(1_000_000);
    assertThat(server.monitoring("/metrics")).contains("status=\"413\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: -1\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
      })
  void aBodyWhoseEndIsUnclearIsRefused(String headers) throws Exception {
    assertThat(ask(POST + headers + "\r\nMIIB\r\n")).startsWith("HTTP/1.1 400");
  }

  @Test
  void aCompressedBodyIsNotUnpacked() throws Exception {
    var gzip = new String(new byte[] {0x1f, (byte) 0x8b, 8, 0}, ISO_8859_1);
    var secret = server.register("pump-0001");
    var request = RawClient.enrollment("pump-0001", secret, gzip, "Content-Encoding: gzip\r\n");
    assertThat(ask(request)).startsWith("HTTP/1.1 400").contains("not base64");
  }

  @ParameterizedTest
  @ValueSource(ints = {33, 2_000})
  void valuesWithinEachOtherAreRefusedAndNotFollowed(int depth) throws Exception {
    var nested = new byte[2 * depth];
    for (int i = 0; i < depth; i++) {
      nested[2 * i] = 0x30;
      nested[2 * i + 1] = (byte) 0x80;
    }
    var device = "pump-1" + depth;
    var body = Base64.getEncoder().encodeToString(nested);
    assertThat(ask(RawClient.enrollment(device, server.register(device), body)))
        .startsWith("HTTP/1.1 400");
  }

  private static String ask(String request) throws Exception {
    return RawClient.ask(
        server, "127.0.0.1", request.replace("Host:", "Connection: close\r\nHost:"));
  }
}
