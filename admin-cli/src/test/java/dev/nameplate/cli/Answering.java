package dev.nameplate.cli;

import com.sun.net.httpserver.HttpServer;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// Something that answers where the admin API should: always the same.
final class Answering implements AutoCloseable {

  private final HttpServer server;

  /// Answers nothing yet.
  Answering() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
  }

  Answering(int status, String type, String body) throws IOException {
    this();
    at("/", status, type, body);
  }

  void at(String path, int status, String type, String body) {
    var _ =
        server.createContext(
            path,
            exchange -> {
              var bytes = body.getBytes(StandardCharsets.UTF_8);
              exchange.getResponseHeaders().add("Content-Type", type);
              exchange.sendResponseHeaders(status, bytes.length);
              exchange.getResponseBody().write(bytes);
              exchange.close();
            });
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  /// An operator's key and certificates, which nobody looks at.
  static void makeOperator(Path dir) throws IOException {
    var store = new InMemoryStore(new FakeClock());
    var hierarchy =
        TestHierarchy.over(
            new TestHierarchy.Stores(store, store, store, store), new FakeClock(), new Random(17));
    var authority = hierarchy.root().certificate().orElseThrow();
    Files.writeString(dir.resolve("trust.pem"), Pem.encode(authority));
    Files.writeString(dir.resolve("first.pem"), Pem.encode(authority));
    Files.writeString(dir.resolve("first.key"), SoftwareKey.generate(KeyType.EC_P256).toPem());
  }

  /// Makes the folder one of a server that is there.
  static void writeContext(Path dir, String adminUrl) throws IOException {
    Files.writeString(
        dir.resolve("context.yaml"),
        """
        admin_url: %s
        est_url: https://127.0.0.1:1
        status_url: http://127.0.0.1:1
        metrics_url: http://127.0.0.1:1
        trust: trust.pem
        certificate: first.pem
        key: first.key
        """
            .formatted(adminUrl));
  }
}
