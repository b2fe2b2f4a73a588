package dev.nameplate.cli;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.nameplate.server.admin.AdminApi;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// What a JVM is shown when it makes the file from which later ones start fast: some short
/// commands, against something that answers like the admin API. Nobody else calls it, and it
/// touches nothing but the folder that it is given.
public final class Training {

  /// A throw-away key is not worth a better one.
  private static final char[] PASSWORD = "training".toCharArray();

  private static final String DEVICE =
      """
      {"id":"pump","state":"active","epoch":1,"profile":"device","registered_at":"2026-01-01T00:00:00Z"}\
      """;
  private static final String CERTIFICATE =
      """
      {"serial":"1f","issuer":"00","owner":"device:pump","label":"device","state":"issued",\
      "slot":"confirmed","not_before":"2026-01-01T00:00:00Z","not_after":"2026-02-01T00:00:00Z",\
      "crl_url":"http://127.0.0.1/crl"}\
      """;

  private Training() {}

  /// @param args a folder with `server.p12`: a key and its certificate for 127.0.0.1
  public static void main(String[] args) throws IOException, GeneralSecurityException {
    var folder = Path.of(args[0]);
    var store = KeyStore.getInstance(folder.resolve("server.p12").toFile(), PASSWORD);
    var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls(store)));
    answer(server, "/devices", "{\"items\":[" + DEVICE + "]}");
    answer(
        server,
        "/devices/pump",
        "{\"device\":" + DEVICE + ",\"certificates\":[" + CERTIFICATE + "]}");
    server.start();
    try {
      writeContext(folder, store, server.getAddress().getPort());
      for (var command :
          List.of(
              "--help",
              "device --help",
              "device show --help",
              "version",
              "device list",
              "device list -o json",
              "device list -o name",
              "device list -o yaml",
              "device show pump",
              "device show pump -o json",
              "device show nobody",
              "device list --query items[].id")) {
        run(folder, command.split(" ", -1));
      }
    } finally {
      server.stop(0);
    }
  }

  private static void run(Path folder, String... command) {
    var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    var _ = Main.run(command, nowhere, nowhere, Map.of("NAMEPLATE_DIR", folder.toString()));
  }

  private static SSLContext tls(KeyStore store) throws GeneralSecurityException {
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    var tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    return tls;
  }

  private static void answer(HttpsServer server, String path, String json) {
    var body = json.getBytes(StandardCharsets.UTF_8);
    var _ =
        server.createContext(
            AdminApi.PATH + path,
            exchange -> {
              exchange.getResponseHeaders().add("Content-Type", "application/json");
              exchange.sendResponseHeaders(200, body.length);
              exchange.getResponseBody().write(body);
              exchange.close();
            });
  }

  private static void writeContext(Path folder, KeyStore store, int port)
      throws IOException, GeneralSecurityException {
    var certificate = pem("CERTIFICATE", store.getCertificate("server").getEncoded());
    Files.writeString(folder.resolve("trust.pem"), certificate);
    Files.writeString(folder.resolve("first.pem"), certificate);
    Files.writeString(
        folder.resolve("first.key"),
        pem("PRIVATE KEY", store.getKey("server", PASSWORD).getEncoded()));
    Files.writeString(
        folder.resolve(Context.FILE_NAME),
        """
        admin_url: https://127.0.0.1:%d
        est_url: https://127.0.0.1:1
        trust: trust.pem
        certificate: first.pem
        key: first.key
        """
            .formatted(port));
  }

  private static String pem(String what, byte[] der) {
    var text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
  }
}
