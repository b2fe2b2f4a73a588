package dev.nameplate.server.setup;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/// The ports of a new server, and its URLs.
record Ports(String bind, int est, int status, int admin, int metrics, URI publicUrl) {

  /// @throws IllegalArgumentException if nobody can say how devices see the server
  static Ports choose(InitOptions options) throws IOException {
    var held = new ArrayList<ServerSocket>();
    try {
      int est = port(options.bind(), options.estPort(), held);
      int status = port(options.bind(), options.statusPort(), held);
      int admin = port(options.bind(), options.adminPort(), held);
      int metrics = port(InitOptions.LOOPBACK, options.metricsPort(), held);
      var publicUrl = options.publicUrl().orElseGet(() -> publicUrl(options, status));
      return new Ports(options.bind(), est, status, admin, metrics, publicUrl);
    } finally {
      for (var socket : held) {
        socket.close();
      }
    }
  }

  static boolean isWildcard(String bind) {
    return bind.equals("0.0.0.0") || bind.equals("::");
  }

  URI estUrl() {
    return url("https", local(bind), est);
  }

  URI adminUrl() {
    return url("https", local(bind), admin);
  }

  URI metricsUrl() {
    return url("http", InitOptions.LOOPBACK, metrics);
  }

  /// A free one for 0, held until all are chosen so that no two are the same.
  private static int port(String bind, int wanted, List<ServerSocket> held) throws IOException {
    if (wanted != 0) {
      return wanted;
    }
    var socket = new ServerSocket(0, 1, InetAddress.getByName(bind));
    held.add(socket);
    return socket.getLocalPort();
  }

  private static URI publicUrl(InitOptions options, int status) {
    if (!options.hosts().isEmpty()) {
      return url("http", options.hosts().getFirst(), status);
    }
    if (isWildcard(options.bind())) {
      throw new IllegalArgumentException(
          "listening on "
              + options.bind()
              + " needs a host name or a public URL: certificates say where their status is");
    }
    return url("http", options.bind(), status);
  }

  private static String local(String bind) {
    return isWildcard(bind) ? "localhost" : bind;
  }

  private static URI url(String scheme, String host, int port) {
    var written = host.contains(":") ? "[" + host + "]" : host;
    return URI.create(scheme + "://" + written + ":" + port);
  }
}
