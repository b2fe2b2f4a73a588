package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Clients that take their time, each in another place, on a server that has little.
@Tag("E13")
class SlowClientTest {

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server =
        RunningServer.start(yaml ->
            yaml.replace(
                    "est: {default_label: device}",
                    "est: {default_label: device, limits: {request_time: 1s}}")
                .concat("\ntls: {idle_timeout: 2s}\n"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void whoConnectsAndSaysNothingIsCutOff() throws Exception {
    try (var client = RawClient.connect(server, "127.0.0.1")) {
      soon().until(client::isCutOff);
    }
  }

  @Test
  void whoBreaksOffInTheMiddleOfAHandshakeIsCutOff() throws Exception {
    try (var client = RawClient.connect(server, "127.0.0.1")) {
      // a record of 512 bytes, a ClientHello of 508, and its version
      client.send(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
      soon().until(client::isCutOff);
    }
  }

  @Test
  void whoDribblesAHandshakeIsCutOff() throws Exception {
    try (var client = RawClient.connect(server, "127.0.0.1")) {
      client.send(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
      soon().until(() -> dribbles(client, new byte[1]));
    }
  }

  @Test
  void whoDribblesTheHeadOfARequestIsCutOff() throws Exception {
    try (var client = RawClient.secure(server, "127.0.0.1")) {
      client.send("GET /.well-known/est/cacerts HTTP/1.1\r\nX-Slow: ");
      soon().until(() -> dribbles(client, new byte[] {'a'}));
    }
    assertThat(server.monitoring("/metrics"))
        .contains("nameplate_est_limited_total{limit=\"request_head\"} 1.0");
  }

  @Test
  void whoDribblesABodyIsToldThatItTookTooLong() throws Exception {
    try (var client = RawClient.secure(server, "127.0.0.1")) {
      client.send(RawClient.enrollment("pump-0001", "wrong", "").replace("th: 0", "th: 2000"));
      soon().until(() -> dribbles(client, new byte[] {'M'}));
    }
    assertThat(server.monitoring("/metrics"))
        .contains("nameplate_est_limited_total{limit=\"request_body\"} 1.0")
        .contains("status=\"408\"");
  }

  @Test
  void whoAnnouncesABodyAndSendsNoneIsToldThatItTookTooLong() throws Exception {
    try (var client = RawClient.secure(server, "127.0.0.1")) {
      client.send(RawClient.enrollment("pump-0001", "wrong", "").replace("th: 0", "th: 2000"));
      assertThat(client.lastWords()).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void whoKeepsQuietBetweenTwoRequestsIsIdleAndCutOff() throws Exception {
    try (var client = RawClient.secure(server, "127.0.0.1")) {
      client.send("GET /.well-known/est/cacerts HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(client.lastWords()).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void whoIsQuickIsServedMeanwhile() throws Exception {
    try (var _ = RawClient.secure(server, "127.0.0.1").send("GET /")) {
      assertThat(server.enrolled("pump-0002").certificate()).isNotNull();
    }
  }

  /// One more byte; true once nobody takes it.
  private static boolean dribbles(RawClient client, byte[] bytes) throws IOException {
    if (client.isCutOff()) {
      return true;
    }
    try {
      client.send(bytes);
      return false;
    } catch (IOException hungUp) {
      return true;
    }
  }

  private static ConditionFactory soon() {
    return await().pollInterval(Duration.ofMillis(300)).atMost(Duration.ofSeconds(30));
  }
}
