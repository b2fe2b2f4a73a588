package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// One TLS connection, and HTTP on it in bytes that nobody has tidied up.
final class EstClient implements AutoCloseable {

  static final String EST = "/.well-known/est/";

  /// @param headers the lines between status line and body, as they came
  /// @param text the body, a character for each byte
  record Answer(String statusLine, List<String> headers, String text) {

    int status() {
      return Integer.parseInt(statusLine.split(" ", -1)[1]);
    }

    /// The value of the header that is written exactly so.
    Optional<String> header(String name) {
      return headers.stream()
          .filter(line -> line.startsWith(name + ": "))
          .map(line -> line.substring(name.length() + 2))
          .findFirst();
    }

    List<Certificate> certificates() throws Exception {
      if (status() != 200) {
        throw new AssertionError(statusLine + ": " + text);
      }
      return CertsOnly.decode(java.util.Base64.getMimeDecoder().decode(text));
    }

    Certificate certificate() throws Exception {
      return certificates().getFirst();
    }
  }

  private final SSLSocket socket;

  private EstClient(SSLSocket socket) {
    this.socket = socket;
  }

  static EstClient anonymous(EstFixture est) throws Exception {
    return connect(est, null, "TLSv1.2", "TLSv1.3");
  }

  /// Speaks this version of TLS only.
  static EstClient speaking(EstFixture est, String protocol) throws Exception {
    return connect(est, null, protocol);
  }

  /// Presents the device's certificate.
  static EstClient of(EstFixture est, FakeDevice device) throws Exception {
    return presenting(est, device.key(), device.certificate());
  }

  /// @param chain the certificate of `key` first
  static EstClient presenting(EstFixture est, SoftwareKey key, Certificate... chain)
      throws Exception {
    return connect(est, Tls.keyManagers(key, chain), "TLSv1.2", "TLSv1.3");
  }

  private static EstClient connect(
      EstFixture est, KeyManager @Nullable [] keys, String... protocols) throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(keys, Tls.trusting(est.root), null);
    var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", est.port());
    socket.setSoTimeout(20_000);
    var parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setProtocols(protocols);
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return new EstClient(socket);
  }

  /// What ties a request to this connection.
  String binding() {
    return Tls.exporter(socket.getSession()).orElseThrow().base64();
  }

  Answer get(String operation, String... headers) throws IOException {
    return raw("GET", EST + operation, new byte[0], headers);
  }

  Answer post(String operation, byte[] body, String... headers) throws IOException {
    var all = new ArrayList<>(List.of(headers));
    all.add("Content-Type: application/pkcs10");
    all.add("Content-Length: " + body.length);
    return raw("POST", EST + operation, body, all.toArray(String[]::new));
  }

  /// Enrolls with a secret, and expects to be let in.
  Certificate enroll(FakeDevice device, IssuedSecret secret) throws Exception {
    return enroll(device.csr(), device.id(), secret).certificate();
  }

  Answer enroll(byte[] csr, String user, IssuedSecret secret) throws IOException {
    return post(
        "simpleenroll",
        Requests.oneLine(csr),
        "Authorization: " + EstFixture.basic(user, secret.text()));
  }

  Answer reenroll(byte[] csr) throws IOException {
    return post("simplereenroll", Requests.oneLine(csr));
  }

  Answer raw(String method, String path, byte[] body, String... headers) throws IOException {
    var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
    for (var header : headers) {
      head.append(header).append("\r\n");
    }
    var request = new ByteArrayOutputStream();
    request.writeBytes(head.append("\r\n").toString().getBytes(ISO_8859_1));
    request.writeBytes(body);
    return send(request.toByteArray());
  }

  /// Sends these bytes, and reads one answer.
  Answer send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    var in = socket.getInputStream();
    var statusLine = line(in);
    var headers = new ArrayList<String>();
    for (var line = line(in); !line.isEmpty(); line = line(in)) {
      headers.add(line);
    }
    var length =
        headers.stream()
            .filter(line -> line.startsWith("Content-Length: "))
            .mapToInt(line -> Integer.parseInt(line.substring("Content-Length: ".length())))
            .findFirst()
            .orElseThrow(() -> new IOException("no Content-Length in " + headers));
    return new Answer(
        statusLine, List.copyOf(headers), new String(in.readNBytes(length), ISO_8859_1));
  }

  /// Sends these bytes and nothing more, and reads until the server hangs up.
  String lastWords(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    socket.shutdownOutput();
    return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the server hung up");
      }
      line.write(b);
    }
    return line.toString(ISO_8859_1).strip();
  }
}
