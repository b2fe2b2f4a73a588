package dev.nameplate.server;

import dev.nameplate.ca.testing.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/// An nginx of its own, in a folder of its own, that asks clients for a certificate and answers
/// with what it thinks of it.
final class Nginx implements AutoCloseable {

  // Debian keeps it where only root looks for programs
  private static final String PROGRAM =
      Files.isExecutable(Path.of("/usr/sbin/nginx")) ? "/usr/sbin/nginx" : "nginx";

  private final Process process;
  private final int port;

  private Nginx(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /// @param check directives that say how a client's certificate is checked
  static Nginx start(Path folder, Path authorities, String check) throws IOException {
    var own = Files.createTempDirectory(folder, "nginx");
    var _ =
        Tool.OPENSSL
            .run(
                own,
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/CN=localhost",
                "-keyout",
                "server.key",
                "-out",
                "server.pem")
            .ok();
    int port = freePort();
    Files.writeString(
        own.resolve("nginx.conf"),
        """
        daemon off;
        master_process off;
        pid nginx.pid;
        error_log error.log info;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          server {
            listen 127.0.0.1:%d ssl;
            ssl_certificate %2$s/server.pem;
            ssl_certificate_key %2$s/server.key;
            ssl_client_certificate %3$s;
            ssl_verify_client on;
            ssl_verify_depth 3;
            %4$s
            error_page 495 =200 /refused;
            location = /refused { internal; return 200 "$ssl_client_verify"; }
            location / { return 200 "$ssl_client_verify"; }
          }
        }
        """
            .formatted(port, own, authorities, check));
    try {
      var process =
          new ProcessBuilder(PROGRAM, "-e", "error.log", "-p", own.toString(), "-c", "nginx.conf")
              .directory(own.toFile())
              .redirectErrorStream(true)
              .redirectOutput(own.resolve("nginx.out").toFile())
              .start();
      var nginx = new Nginx(process, port);
      nginx.awaitListening(own);
      return nginx;
    } catch (IOException missing) {
      throw new AssertionError(
          "nginx cannot be started; is it installed? apt-get install nginx", missing);
    }
  }

  URI url() {
    return URI.create("https://127.0.0.1:" + port + "/");
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitListening(Path own) {
    Awaitility.await()
        .ignoreExceptions()
        .until(() -> {
          if (!process.isAlive()) {
            throw new AssertionError("nginx ended: " + Files.readString(own.resolve("nginx.out")));
          }
          try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
          }
        });
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
