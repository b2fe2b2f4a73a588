package dev.nameplate.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WholeAnswerTest {

  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    client.shutdownNow();
  }

  @Test
  void aBodyThatStallsIsNotWaitedForLongerThanTheWholeAnswerMayTake() throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      answer(server, "half");

      assertThatThrownBy(() -> ask(server.getLocalPort(), Duration.ofMillis(500)))
          .isInstanceOf(HttpTimeoutException.class)
          .hasMessageStartingWith("no whole answer within");
    }
  }

  @Test
  void aWholeAnswerIsHandedOver() throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      answer(server, "whole it");

      assertThat(ask(server.getLocalPort(), Duration.ofSeconds(30))).isEqualTo("whole it");
    }
  }

  @Test
  void whereNobodyAnswersItIsSaidAsEver() throws Exception {
    int free;
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = server.getLocalPort();
    }

    assertThatThrownBy(() -> ask(free, Duration.ofSeconds(30)))
        .isInstanceOf(ConnectException.class);
  }

  private String ask(int port, Duration patience) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).build();
    return WholeAnswer.send(client, request, BodyHandlers.ofString(), patience).body();
  }

  /// Says that there are eight bytes, sends these, and keeps the connection open.
  private static void answer(ServerSocket server, String body) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            var connection = server.accept();
            connection
                .getOutputStream()
                .write(
                    ("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n" + body)
                        .getBytes(StandardCharsets.US_ASCII));
            connection.getOutputStream().flush();
          } catch (IOException closed) {
            throw new UncheckedIOException(closed);
          }
        });
  }
}
