package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.RunningServer.Identity;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLSocket;

/// HTTP/1.1 over a TLS connection of which a test decides what it is: a new one for each request,
/// one that stays, or one that resumes the session of the one before.
///
/// Requests are text; their connection header is written here.
interface TlsTalk extends AutoCloseable {

  /// What came back.
  record Answer(int status, String head, String body) {

    static Answer parse(String http) {
      assertThat(http).as("an answer").startsWith("HTTP/1.1 ");
      int end = http.indexOf("\r\n\r\n");
      return new Answer(
          Integer.parseInt(http.substring(9, 12)), http.substring(0, end), http.substring(end + 4));
    }
  }

  /// A request, as text.
  ///
  /// @param head the request line and the headers, each with its line break, but for those about
  ///   the connection and the length
  record Question(String head, String body) {

    String text(boolean last) {
      return head
          + (head.contains("\r\nHost:") ? "" : "Host: localhost\r\n")
          + (last ? "Connection: close\r\n" : "")
          + "Content-Length: "
          + body.getBytes(UTF_8).length
          + "\r\n\r\n"
          + body;
    }
  }

  Answer ask(Question question) throws Exception;

  @Override
  void close() throws IOException;

  /// A connection that stays open from the first request to the last.
  static TlsTalk kept(RunningServer server, URI url, Optional<Identity> as) throws Exception {
    var socket =
        (SSLSocket) server.tls(as).getSocketFactory().createSocket("localhost", url.getPort());
    socket.setSoTimeout(60_000);
    return new TlsTalk() {
      @Override
      public Answer ask(Question question) throws Exception {
        socket.getOutputStream().write(question.text(false).getBytes(UTF_8));
        socket.getOutputStream().flush();
        return read(socket);
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }

  /// A connection of its own for each request.
  static TlsTalk fresh(RunningServer server, URI url, Optional<Identity> as) {
    return new TlsTalk() {
      @Override
      public Answer ask(Question question) throws Exception {
        try (var once = kept(server, url, as)) {
          return once.ask(question);
        }
      }

      @Override
      public void close() {
        // there is nothing between two requests
      }
    };
  }

  /// OpenSSL, which resumes the session of its first request for each that follows.
  ///
  /// @param version `-tls1_2` or `-tls1_3`
  /// @param folder where the key of the client is written for it
  static TlsTalk resumed(RunningServer server, URI url, Identity as, String version, Path folder)
      throws Exception {
    Files.writeString(folder.resolve("client.key"), as.key().toPem());
    Files.writeString(folder.resolve("client.pem"), Pem.encode(as.certificate()));
    var session = folder.resolve("session");
    return new TlsTalk() {
      @Override
      public Answer ask(Question question) {
        boolean first = !Files.exists(session);
        var arguments =
            new ArrayList<>(
                List.of("s_client", "-connect", "127.0.0.1:" + url.getPort(), "-ign_eof"));
        arguments.addAll(List.of("-CAfile", server.made.trust().toString(), version));
        arguments.addAll(List.of("-cert", "client.pem", "-key", "client.key"));
        arguments.addAll(List.of(first ? "-sess_out" : "-sess_in", "session"));
        var out =
            Tool.OPENSSL.feed(question.text(true), folder, arguments.toArray(String[]::new)).out();
        assertThat(out).contains(first ? "\nNew, TLSv1." : "\nReused, TLSv1.");
        assertThat(out).contains("HTTP/1.1 ");
        return Answer.parse(out.substring(out.indexOf("HTTP/1.1 ")));
      }

      @Override
      public void close() {
        // there is nothing between two requests but the session's file
      }
    };
  }

  private static Answer read(SSLSocket socket) throws IOException {
    var in = socket.getInputStream();
    var head = new ByteArrayOutputStream();
    while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the server hung up after " + head.toString(ISO_8859_1));
      }
      head.write(next);
    }
    var text = head.toString(ISO_8859_1);
    int length =
        text.lines()
            .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
            .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
            .findFirst()
            .orElse(0);
    return Answer.parse(text + new String(in.readNBytes(length), ISO_8859_1));
  }
}
