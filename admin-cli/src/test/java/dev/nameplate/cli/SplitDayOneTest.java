package dev.nameplate.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.store.testing.Postgresql;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The first day of `docs/split.md`, command by command: an issuing node that answers no OCSP, and
/// a status node that does nothing else. Each server is a process, as on machines of their own.
class SplitDayOneTest {

  private static final Duration SOON = Duration.ofSeconds(90);
  private static final String READER = "nameplate_status_1";

  private final List<Process> processes = new ArrayList<>();
  private Path folder;
  private Path np;
  private String database;
  private URI publicUrl;

  @BeforeEach
  void twoMachines() throws Exception {
    Files.createDirectories(Path.of("target"));
    folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "split-");
    np = folder.resolve("np");
    var usual = URI.create(Postgresql.freshUrl().substring("jdbc:".length()));
    database = "jdbc:postgresql://localhost:" + usual.getPort() + "/day_one";
    sql(database.replace("day_one", "postgres"), "CREATE DATABASE day_one");
    password("owner.password");
    password("reader.password");
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      publicUrl = URI.create("http://127.0.0.1:" + free.getLocalPort());
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (var process : processes.reversed()) {
      process.destroy();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void statusIsSplitOffAsTheDocumentSays() throws Exception {
    run(
        "init --dir np --org Acme --public-url " + publicUrl,
        "--est-port 0 --status-port 0 --admin-port 0 --metrics-port 0",
        "--database-url " + database,
        "--database-user postgres --database-password-file owner.password");
    serve("--dir np --roles est,admin,jobs");
    issuing("node add status-1 --secret-file s");

    sql(database, "CREATE ROLE " + READER + " LOGIN");
    sql(database, run("database grants --user " + READER));

    var context = Context.read(np.resolve("context.yaml"));
    run(
        "est enroll status-1 --label node --secret-file s --out id",
        "--url " + context.estUrl() + " --trust np/trust.pem");
    run(
        "node init --dir np2 --identity id --trust np/trust.pem --bind 127.0.0.1",
        "--admin-url " + context.adminUrl() + " --est-url " + context.estUrl(),
        "--public-url " + publicUrl,
        "--status-port " + publicUrl.getPort() + " --metrics-port 0",
        "--database-url " + database,
        "--database-user " + READER + " --database-password-file reader.password");
    serve("--dir np2");
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(issuing("node list")).containsPattern("status-1 .*20\\d\\d-\\d\\d-\\d\\d"));

    issuing("device add pump-0017 --profile device --secret-file pump.secret");
    run(
        "est enroll pump-0017 --secret-file pump.secret --out pump",
        "--url " + context.estUrl() + " --trust np/trust.pem");
    await().atMost(SOON).untilAsserted(() -> assertThat(ocsp()).contains("pump/cert.pem: good"));

    var revoked = issuing("cert revoke " + serial() + " --reason superseded --wait ocsp,crl");
    assertThat(revoked).contains(publicUrl + "/ocsp", "after ");
    assertThat(ocsp()).contains("pump/cert.pem: revoked");

    issuing("node retire status-1 --reason keyCompromise");
    await().atMost(SOON).untilAsserted(() -> assertThat(ocsp()).contains("trylater"));
  }

  private String ocsp() throws Exception {
    var result =
        Tool.OPENSSL.run(
            folder,
            "ocsp",
            "-issuer",
            "pump/chain.pem",
            "-cert",
            "pump/cert.pem",
            "-url",
            publicUrl + "/ocsp",
            "-CAfile",
            "np/trust.pem");
    return result.out() + result.err();
  }

  private String serial() {
    return Tool.OPENSSL
        .run(folder, "x509", "-in", "pump/cert.pem", "-noout", "-serial")
        .ok()
        .out()
        .strip()
        .replace("serial=", "")
        .toLowerCase(Locale.ROOT);
  }

  /// A command about the issuing node, and what it prints.
  private String issuing(String command) throws Exception {
    return run(command + " --dir np");
  }

  private String run(String... parts) throws Exception {
    var log = Files.createTempFile(folder, "run", ".log");
    var process = start(log, String.join(" ", parts));
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor())
        .as("%s%n%s%n%s", String.join(" ", parts), said, Files.readString(log))
        .isZero();
    return said;
  }

  /// Returns once it answers.
  private void serve(String options) throws Exception {
    var log = folder.resolve("serve-" + processes.size() + ".log");
    var process = start(log, "serve " + options);
    processes.add(process);
    var lines = new BufferedReader(process.inputReader());
    var line = lines.readLine();
    while (line != null && !line.startsWith("ready")) {
      line = lines.readLine();
    }
    assertThat(line).as(Files.readString(log)).isNotNull();
  }

  private Process start(Path log, String command) throws IOException {
    var all =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                // as it is shipped: to stderr
                "-Dlogback.configurationFile=logback.xml",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    all.addAll(List.of(command.split(" ", -1)));
    return new ProcessBuilder(all)
        .directory(folder.toFile())
        .redirectError(log.toFile())
        .start();
  }

  private void password(String name) throws IOException {
    var file = folder.resolve(name);
    Files.writeString(file, "not asked for\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static void sql(String url, String statements) throws Exception {
    try (var connection = DriverManager.getConnection(url, Postgresql.USER, "");
        var statement = connection.createStatement()) {
      statement.execute(statements);
    }
  }
}
