package dev.nameplate.cli.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// One TLS 1.3 connection for one request, whose body may say to which connection it belongs (RFC
/// 9266): the JDK's HTTP client makes its connections when the body is there already.
final class BoundConnection implements AutoCloseable {

  /// RFC 9266 section 4.
  private static final String LABEL = "EXPORTER-Channel-Binding";

  private static final int BINDING = 32;
  private static final String END_OF_HEAD = "\r\n\r\n";

  private final SSLSocket socket;
  private final URI uri;

  private BoundConnection(SSLSocket socket, URI uri) {
    this.socket = socket;
    this.uri = uri;
  }

  /// @param timeout for each wait
  static BoundConnection open(SSLContext tls, URI uri, Duration connect, Duration timeout)
      throws IOException {
    int port = uri.getPort() < 0 ? 443 : uri.getPort();
    var plain = new Socket();
    try {
      plain.connect(new InetSocketAddress(uri.getHost(), port), (int) connect.toMillis());
      plain.setSoTimeout((int) timeout.toMillis());
      var socket =
          (SSLSocket) tls.getSocketFactory().createSocket(plain, uri.getHost(), port, true);
      var parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setProtocols(new String[] {"TLSv1.3"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return new BoundConnection(socket, uri);
    } catch (IOException failed) {
      plain.close();
      throw failed;
    }
  }

  /// What only the two ends of this connection know, in base64.
  String binding() throws IOException {
    var session = (ExtendedSSLSession) socket.getSession();
    return Base64.getEncoder()
        .encodeToString(session.exportKeyingMaterialData(LABEL, new byte[0], BINDING));
  }

  /// Sends the one request, and reads its answer.
  Http.Answer post(List<String> headers, byte[] body, int largest) throws IOException {
    var head =
        "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n"
            .formatted(
                uri.getRawPath(),
                uri.getRawAuthority(),
                body.length,
                headers.isEmpty() ? "" : String.join("\r\n", headers) + "\r\n");
    var request = new ByteArrayOutputStream();
    request.writeBytes(head.getBytes(ISO_8859_1));
    request.writeBytes(body);
    socket.getOutputStream().write(request.toByteArray());
    socket.getOutputStream().flush();
    return parsed(socket.getInputStream().readNBytes(largest));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static Http.Answer parsed(byte[] answer) throws IOException {
    var text = new String(answer, ISO_8859_1);
    int end = text.indexOf(END_OF_HEAD);
    if (end < 0 || !text.matches("(?s)HTTP/1\\.1 [0-9]{3}[ \r].*")) {
      throw new IOException("not an HTTP/1.1 answer");
    }
    var lines = List.of(text.substring(0, end).split("\r\n", -1));
    var body = Arrays.copyOfRange(answer, end + END_OF_HEAD.length(), answer.length);
    var length = header(lines, "content-length").filter(value -> value.matches("[0-9]{1,9}"));
    if (length.isEmpty() || Integer.parseInt(length.get()) != body.length) {
      throw new IOException("an answer that is not whole");
    }
    return new Http.Answer(
        Integer.parseInt(text.substring(9, 12)),
        header(lines, "retry-after"),
        new String(body, UTF_8));
  }

  private static Optional<String> header(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst();
  }
}
