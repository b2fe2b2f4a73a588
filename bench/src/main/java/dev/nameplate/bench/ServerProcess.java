package dev.nameplate.bench;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.est.AnyClientCertificate;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.tls.TlsContext;
import dev.nameplate.server.tls.TlsStack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The process of a [MeasuredServer]: says its URLs in one line and runs until its input ends.
public final class ServerProcess {

  static final String NAMEPLATE = "nameplate";
  static final String STATIC = "static";
  static final String PLAIN = "plain";
  static final String READY = "ready ";

  private ServerProcess() {}

  /// `nameplate DIR`; or the same answer to everything: `static DIR STACK`, over TLS as the server
  /// in DIR has it, or `plain SIZE`, over HTTP.
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case NAMEPLATE -> {
        try (var server = Nameplate.start(Path.of(args[1]))) {
          untilInputEnds(server.estUrl() + " " + server.statusUrl() + " " + server.adminUrl());
        }
      }
      case PLAIN -> {
        try (var server = StaticServer.plain(new byte[Integer.parseInt(args[1])])) {
          untilInputEnds(server.url().toString());
        }
      }
      case STATIC -> {
        var dir = Path.of(args[1]);
        var stack = TlsStack.choose(TlsStack.Preference.valueOf(args[2]), List.of()).stack();
        try (var server = StaticServer.tls(new byte[800], tls(dir, stack))) {
          untilInputEnds(server.url().toString());
        }
      }
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static TlsContext tls(Path dir, TlsStack stack) throws Exception {
    var key = SoftwareKey.fromPem(Files.readString(dir.resolve("tls/server.key")));
    var chain = Pem.decodeCertificates(Files.readString(dir.resolve("tls/server.pem")));
    var tls = new TlsContext(stack, Tls.keys(key, chain), new AnyClientCertificate());
    tls.setWantClientAuth(true);
    return tls;
  }

  private static void untilInputEnds(String urls) throws Exception {
    System.out.println(READY + urls);
    System.in.transferTo(java.io.OutputStream.nullOutputStream());
  }
}
