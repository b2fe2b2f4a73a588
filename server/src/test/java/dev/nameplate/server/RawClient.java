package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// A client that picks the address it calls from, and the bytes it sends.
final class RawClient implements AutoCloseable {

  private final Socket socket;

  private RawClient(Socket socket) {
    this.socket = socket;
  }

  /// Connected to the EST listener; nothing was sent yet.
  static RawClient connect(RunningServer server, String from) throws IOException {
    var socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
    socket.connect(
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(), server.nameplate.estUrl().getPort()));
    socket.setSoTimeout(60_000);
    return new RawClient(socket);
  }

  /// After a TLS handshake.
  static RawClient secure(RunningServer server, String from) throws Exception {
    return connect(server, from).handshake(server.tls(Optional.empty()));
  }

  RawClient handshake(SSLContext tls) throws IOException {
    var secured =
        (SSLSocket)
            tls.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
    try {
      secured.startHandshake();
    } catch (IOException refused) {
      socket.close();
      throw refused;
    }
    return new RawClient(secured);
  }

  RawClient send(String text) throws IOException {
    return send(text.getBytes(ISO_8859_1));
  }

  RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  /// Whether the server hung up; reads away what it said.
  boolean isCutOff() throws IOException {
    var before = socket.getSoTimeout();
    socket.setSoTimeout(20);
    try {
      while (socket.getInputStream().read() >= 0) {
        // the last words
      }
      return true;
    } catch (java.net.SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    } finally {
      if (!socket.isClosed()) {
        socket.setSoTimeout(before);
      }
    }
  }

  /// Everything until the server hangs up.
  String lastWords() throws IOException {
    return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
  }

  /// What the server says to one request, after which it hangs up.
  static String ask(RunningServer server, String from, String request) throws Exception {
    try (var client = secure(server, from)) {
      return client.send(request).lastWords();
    }
  }

  /// An enrollment with this secret.
  static String enrollment(String user, String secret, String body, String... headers) {
    var basic = Base64.getEncoder().encodeToString((user + ":" + secret).getBytes(UTF_8));
    return "POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        + "Content-Type: application/pkcs10\r\nAuthorization: Basic "
        + basic
        + "\r\n"
        + String.join("", headers)
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
