package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Somebody floods the EST listener from one address, and a device at another is served.
@Tag("E13")
class FloodTest {

  private static final int CONNECTIONS = 20;
  private static final int NEW_CONNECTIONS = 60;
  private static final int REFUSALS = 30;

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server =
        RunningServer.start(yaml ->
            yaml.replace(
                "est: {default_label: device}",
                """
                est:
                  default_label: device
                  limits:
                    connections: %d
                    new_connections_per_minute: %d
                    refusals_per_minute: %d
                """
                    .formatted(CONNECTIONS, NEW_CONNECTIONS, REFUSALS)));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void whoHoldsTooManyConnectionsGetsNoMore() throws Exception {
    var held = new ArrayList<RawClient>();
    for (int i = 0; i < CONNECTIONS; i++) {
      held.add(RawClient.connect(server, "127.0.0.2"));
    }
    try (var more = RawClient.connect(server, "127.0.0.2")) {
      held.add(more);
      // which of them comes last is the listener's business
      await().until(() -> cutOff(held) == 1);
      assertServed("pump-0001");
      assertThat(cutOff(held)).isEqualTo(1);
    }
    assertThat(stopped("connections")).isPositive();

    for (var client : held) {
      client.close();
    }
    await().untilAsserted(() -> assertThat(cacerts("127.0.0.2")).contains(" 200 "));
  }

  private static int cutOff(List<RawClient> clients) throws IOException {
    int count = 0;
    for (var client : clients) {
      count += client.isCutOff() ? 1 : 0;
    }
    return count;
  }

  @Test
  void whoIsRefusedTooOftenIsToldToWait() throws Exception {
    var guess = RawClient.enrollment("pump-0002", "AAAA-BBBB-CCCC-DDDD", "MIIB");
    var answer = "";
    for (int i = 0; i <= REFUSALS; i++) {
      answer = RawClient.ask(server, "127.0.0.3", guess);
    }
    assertThat(answer).contains(" 429 ").contains("Retry-After: ").contains("X-Request-Id: ");
    assertThat(cacerts("127.0.0.3")).as("anything else").contains(" 429 ");
    assertThat(stopped("refusals")).isPositive();
    assertServed("pump-0002");
  }

  @Test
  void whoConnectsTooOftenIsHungUpOn() throws Exception {
    await()
        .untilAsserted(() -> {
          for (int i = 0; i < CONNECTIONS; i++) {
            RawClient.connect(server, "127.0.0.4").close();
          }
          assertThat(stopped("new_connections")).isPositive();
        });
    assertServed("pump-0004");
  }

  @Test
  void noHeaderMovesAFloodToAnotherAddress() throws Exception {
    var guess =
        RawClient.enrollment(
            "pump-0005",
            "AAAA-BBBB-CCCC-DDDD",
            "MIIB",
            "X-Forwarded-For: 127.0.0.1\r\n",
            "Forwarded: for=127.0.0.1;proto=https\r\n",
            "X-Real-IP: 127.0.0.1\r\n");
    var answer = "";
    for (int i = 0; i <= REFUSALS; i++) {
      answer = RawClient.ask(server, "127.0.0.5", guess);
    }
    assertThat(answer).contains(" 429 ");
    assertServed("pump-0005");
  }

  /// A device at 127.0.0.1 enrolls.
  private static void assertServed(String device) throws Exception {
    var secret = server.register(device);
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var answer = server.enroll(Optional.empty(), device, Optional.of(secret), key);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private static String cacerts(String from) throws Exception {
    return RawClient.ask(
        server,
        from,
        "GET /.well-known/est/cacerts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  private static double stopped(String limit) throws Exception {
    return server
        .monitoring("/metrics")
        .lines()
        .filter(line -> line.startsWith("nameplate_est_limited_total{limit=\"" + limit + "\"}"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf('}') + 1).strip()))
        .findFirst()
        .orElseThrow();
  }
}
