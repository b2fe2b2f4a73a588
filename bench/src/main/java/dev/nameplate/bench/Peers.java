package dev.nameplate.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/// Servers that are not ours, each in a process of its own.
final class Peers {

  private Peers() {}

  /// nginx with a static answer of so many bytes for every GET.
  static MeasuredServer nginx(Path folder, Path log, int size) throws IOException {
    var prefix = Files.createDirectory(folder.resolve("nginx"));
    int port = freePort();
    Files.write(prefix.resolve("answer"), new byte[size]);
    Files.writeString(
        prefix.resolve("nginx.conf"),
        """
        daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr;
        events { worker_connections 512; }
        http {
          access_log off;
          keepalive_requests 100000000;
          open_file_cache max=10;
          client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi; scgi_temp_path scgi;
          server {
            listen 127.0.0.1:%d;
            location / { root %s; try_files /answer =404; }
          }
        }
        """
            .formatted(port, prefix));
    return MeasuredServer.other(
        log, at(port), List.of(nginx(), "-p", prefix.toString(), "-c", "nginx.conf"));
  }

  /// cfssl with answers that were signed before.
  static MeasuredServer cfssl(Path folder, Path log, List<byte[]> answers) throws IOException {
    int port = freePort();
    var file = folder.resolve("cfssl.responses");
    Files.writeString(
        file,
        answers.stream()
            .map(Base64.getEncoder()::encodeToString)
            .collect(Collectors.joining("\n", "", "\n")));
    return MeasuredServer.other(
        log,
        at(port),
        List.of("cfssl", "ocspserve", "-port=" + port, "-responses=" + file, "-loglevel=5"));
  }

  /// openssl, which signs each answer with a key in its memory.
  static MeasuredServer opensslOcsp(Path folder, Path log, String authority, String index)
      throws IOException, InterruptedException {
    int port = freePort();
    var dir = Files.createDirectory(folder.resolve("openssl"));
    Files.writeString(dir.resolve("ca.pem"), authority);
    Files.writeString(dir.resolve("index.txt"), index);
    Files.writeString(dir.resolve("index.txt.attr"), "unique_subject = no\n");
    var signer =
        new ProcessBuilder(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x"
                    .concat(" -keyout signer.key -out signer.pem")
                    .split(" ", -1))
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    if (signer.waitFor() != 0) {
      throw new IOException("openssl made no signer; see " + log);
    }
    return MeasuredServer.other(
        log,
        at(port),
        List.of(
            "openssl",
            "ocsp",
            "-port",
            Integer.toString(port),
            "-index",
            dir.resolve("index.txt").toString(),
            "-CA",
            dir.resolve("ca.pem").toString(),
            "-rkey",
            dir.resolve("signer.key").toString(),
            "-rsigner",
            dir.resolve("signer.pem").toString(),
            "-ignore_err"));
  }

  /// Debian keeps it where only root looks for programs.
  private static String nginx() {
    var sbin = Path.of("/usr/sbin/nginx");
    return Files.isExecutable(sbin) ? sbin.toString() : "nginx";
  }

  private static URI at(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
