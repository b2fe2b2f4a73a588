package dev.nameplate.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import javax.net.SocketFactory;

/// One HTTP/1.1 connection that costs little: what is measured is the server.
final class HttpConnection implements AutoCloseable {

  /// A status and a body.
  static final class Response {
    private final int status;
    private final byte[] body;

    Response(int status, byte[] body) {
      this.status = status;
      this.body = body;
    }

    int status() {
      return status;
    }

    byte[] body() {
      return body;
    }
  }

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final String host;

  private HttpConnection(Socket socket, String host) throws IOException {
    socket.setTcpNoDelay(true);
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
    this.out = socket.getOutputStream();
    this.host = host;
  }

  static HttpConnection open(URI url, SocketFactory factory) throws IOException {
    return new HttpConnection(
        factory.createSocket(url.getHost(), url.getPort()), url.getAuthority());
  }

  Response get(String path) throws IOException {
    return exchange("GET", path, Map.of(), new byte[0]);
  }

  Response post(String path, Map<String, String> headers, byte[] body) throws IOException {
    return exchange("POST", path, headers, body);
  }

  private Response exchange(String method, String path, Map<String, String> headers, byte[] body)
      throws IOException {
    var head = new StringBuilder();
    head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: ").append(host);
    headers.forEach((name, value) -> head.append("\r\n").append(name).append(": ").append(value));
    head.append("\r\nContent-Length: ").append(body.length).append("\r\n\r\n");
    byte[] start = head.toString().getBytes(StandardCharsets.US_ASCII);
    byte[] request = java.util.Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, request, start.length, body.length);
    out.write(request);
    out.flush();
    return response();
  }

  private Response response() throws IOException {
    var status = Integer.parseInt(line().split(" ", 3)[1]);
    int length = 0;
    for (var header = line(); !header.isEmpty(); header = line()) {
      if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(15).trim());
      }
    }
    return new Response(status, in.readNBytes(length));
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the server closed the connection");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
