package dev.nameplate.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/// Stands between an EST client and a real server, and can lose answers: the request arrives, the
/// server does its work, and the line breaks before the client hears of it.
final class LossyEst implements AutoCloseable {

  private static final List<String> CARRIED = List.of("Authorization", "Content-Type");

  private final HttpsServer front;
  private final URI server;
  private final HttpClient client;
  private final AtomicInteger toLose = new AtomicInteger();

  /// @param asServer what the client sees
  /// @param asClient how the real server is spoken to: with the device's certificate, if it has one
  LossyEst(URI server, SSLContext asServer, SSLContext asClient) throws IOException {
    this.server = server;
    this.client = HttpClient.newBuilder().sslContext(asClient).build();
    this.front = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    front.setHttpsConfigurator(new HttpsConfigurator(asServer));
    front.createContext("/", this::carry);
    front.start();
  }

  String url() {
    return "https://127.0.0.1:" + front.getAddress().getPort();
  }

  /// The answers to the next so many POST requests get lost.
  void loseAnswers(int number) {
    toLose.set(number);
  }

  @Override
  public void close() {
    front.stop(0);
    client.shutdownNow();
  }

  private void carry(HttpExchange exchange) throws IOException {
    var method = exchange.getRequestMethod();
    var request =
        HttpRequest.newBuilder(server.resolve(exchange.getRequestURI()))
            .method(method, BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()));
    for (var name : CARRIED) {
      var value = exchange.getRequestHeaders().getFirst(name);
      if (value != null) {
        request.header(name, value);
      }
    }
    try {
      var response = client.send(request.build(), BodyHandlers.ofByteArray());
      if (method.equals("POST") && toLose.getAndDecrement() > 0) {
        throw new IOException("the line broke");
      }
      response
          .headers()
          .firstValue("Content-Type")
          .ifPresent(type -> exchange.getResponseHeaders().add("Content-Type", type));
      exchange.sendResponseHeaders(response.statusCode(), response.body().length);
      exchange.getResponseBody().write(response.body());
      exchange.close();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
