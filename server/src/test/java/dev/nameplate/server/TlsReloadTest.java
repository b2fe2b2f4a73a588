package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.TlsTalk.Question;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A new TLS certificate on a server that runs: whoever is connected notices nothing, and whoever
/// connects sees it.
class TlsReloadTest {

  private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
  private final List<TlsTalk> kept = new ArrayList<>();

  @TempDir private Path folder;
  private RunningServer server;

  @BeforeEach
  void start() throws Exception {
    var first = RunningServer.start();
    var settings = first.dir.resolve(SettingsFile.NAME);
    Files.writeString(
        settings,
        Files.readString(settings)
            .replaceFirst("# coap: .*", "coap: {bind: \"127.0.0.1\", port: 0}"));
    var system = InstantSource.system();
    server = first.restarted(() -> system.instant().plus(ahead.get()));
    Files.writeString(folder.resolve("client.key"), server.admin().key().toPem());
    Files.writeString(folder.resolve("client.pem"), Pem.encode(server.admin().certificate()));
    kept.add(TlsTalk.kept(server, server.nameplate.estUrl(), Optional.empty()));
    kept.add(TlsTalk.kept(server, server.nameplate.adminUrl(), Optional.of(server.admin())));
  }

  @AfterEach
  void stop() throws Exception {
    for (var each : kept) {
      each.close();
    }
    server.close();
  }

  @Test
  void oneThatAnOperatorPutThereIsShownByEveryListenerWithoutARestart() throws Exception {
    var before = onDisk();
    everybodyIsServed();
    shown().forEach(seen -> assertThat(seen).isEqualTo(before));

    var next = anotherOne();
    ahead.set(Duration.ofSeconds(70));

    Awaitility.await().until(() -> shown().stream().allMatch(next::equals));
    everybodyIsServed();
  }

  @Test
  void oneOfTheScheduleIsShownByEveryListener() throws Exception {
    var before = onDisk();
    everybodyIsServed();

    ahead.set(
        Duration.between(before.notBefore(), before.notAfter()).multipliedBy(85).dividedBy(100));

    Awaitility.await().until(() -> !onDisk().equals(before));
    var next = onDisk();
    assertThat(next.publicKey()).isNotEqualTo(before.publicKey());
    Awaitility.await().until(() -> shown().stream().allMatch(next::equals));
    kept.getFirst().ask(question("/.well-known/est/cacerts"));
  }

  @Test
  void whatDoesNotBelongTogetherIsNotShown() throws Exception {
    var before = onDisk();
    Tool.OPENSSL
        .run(
            folder,
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other.key".split(" ", -1))
        .ok();
    Files.copy(
        folder.resolve("other.key"),
        server.dir.resolve("tls/server.key"),
        StandardCopyOption.REPLACE_EXISTING);
    ahead.set(Duration.ofSeconds(70));

    Awaitility.await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(20))
        .until(() -> seen(server.nameplate.estUrl()).equals(before));
    everybodyIsServed();
  }

  /// Over the connections that were there from the start.
  private void everybodyIsServed() throws Exception {
    assertThat(kept.getFirst().ask(question("/.well-known/est/cacerts")).status()).isEqualTo(200);
    assertThat(kept.getLast().ask(question("/api/v1/server")).status()).isEqualTo(200);
  }

  private static Question question(String path) {
    return new Question("GET " + path + " HTTP/1.1\r\n", "");
  }

  private Certificate onDisk() throws Exception {
    return Pem.decodeCertificates(Files.readString(server.dir.resolve("tls/server.pem")))
        .getFirst();
  }

  /// Somebody else's, for the same host.
  private Certificate anotherOne() throws Exception {
    Tool.OPENSSL
        .run(
            folder,
            ("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj"
                    + " /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
                    + " -keyout server.key -out server.pem")
                .split(" ", -1))
        .ok();
    for (var file : List.of("server.key", "server.pem")) {
      // as most tools do it: the old content goes, and its mode stays
      Files.writeString(
          server.dir.resolve("tls").resolve(file), Files.readString(folder.resolve(file)));
    }
    return onDisk();
  }

  private List<Certificate> shown() throws Exception {
    return List.of(
        seen(server.nameplate.estUrl()),
        seen(server.nameplate.adminUrl()),
        seen(server.nameplate.coapUrl().orElseThrow()));
  }

  /// What a new connection is shown.
  private Certificate seen(URI url) throws Exception {
    var arguments = new ArrayList<>(List.of("s_client", "-connect", "127.0.0.1:" + url.getPort()));
    arguments.addAll(List.of("-cert", "client.pem", "-key", "client.key"));
    if (url.getScheme().equals("coaps")) {
      arguments.addAll(List.of("-dtls1_2", "-cipher", "ALL:@SECLEVEL=0"));
    }
    var out = Tool.OPENSSL.run(folder, arguments.toArray(String[]::new)).out();
    assertThat(out).contains("BEGIN CERTIFICATE");
    return Pem.decodeCertificates(
            out.substring(out.indexOf("-----BEGIN"), out.indexOf("-----END") + 25))
        .getFirst();
  }
}
