package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.nameplate.server.Nameplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The audit log taken along, and checked where no server is.
@Tag("threat-R8")
class AuditCommandsTest {

  private static Path np;
  private static Path folder;
  private static Nameplate server;

  @BeforeAll
  static void start() throws Exception {
    var parent = Files.createDirectories(Path.of("target", "audit").toAbsolutePath());
    folder = Files.createTempDirectory(parent, "test");
    np = folder.resolve("np");
    new Shell()
        .run(
            "init",
            "--dir",
            np.toString(),
            "--org",
            "Acme Devices",
            "--est-port",
            "0",
            "--status-port",
            "0",
            "--admin-port",
            "0",
            "--metrics-port",
            "0")
        .ok();
    Files.writeString(
        np.resolve("nameplate.yaml"), "\naudit: {every: 1s}\n", StandardOpenOption.APPEND);
    server = Nameplate.start(np);
    nameplate("device", "add", "pump-1", "--profile", "device").ok();
    nameplate("device", "add", "pump-2", "--profile", "device").ok();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            nameplate("audit", "verify").ok().out().contains("checkpoints: ")
                && Files.exists(exported())
                && Files.readAllLines(exported()).size() > 1);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void whatWasExportedIsCheckedWithNothingButTheRoot() throws Exception {
    var file = export();

    var verified = verify(file, "--trust", np.resolve("trust.pem").toString()).ok();

    assertThat(verified.out()).startsWith("intact: ").contains("signed until: 20");
    assertThat(verify(file).exit()).isEqualTo(ExitCode.USAGE.code());
  }

  @Test
  void anEditedRowIsNamed() throws Exception {
    var file = export();
    var lines = new ArrayList<String>(Files.readAllLines(file));
    int at = indexOf(lines, "\"kind\":\"OwnerRegistered\",\"subject\":\"device:pump-1\"");
    lines.set(at, lines.get(at).replace("pump-1", "pump-9"));
    Files.write(file, lines);

    var verified = verify(file, "--trust", np.resolve("trust.pem").toString());

    assertThat(verified.exit()).isEqualTo(ExitCode.ERROR.code());
    assertThat(verified.out()).contains("its payload was changed");
  }

  @Test
  void aCheckpointThatWasExportedAndIsNotThereAnyMoreIsNamed() throws Exception {
    var file = export();
    var checkpoints = folder.resolve("syslog.txt");
    // as a receiver of syslog has them
    Files.writeString(
        checkpoints,
        String.join(
            "\n",
            Files.readAllLines(exported()).stream()
                .map(line ->
                    "Nov 24 02:00:00 main nameplate: "
                        + line.replaceAll(".*\"(eyJ[^\"]*)\".*", "$1"))
                .toList()));
    var lines = new ArrayList<String>(Files.readAllLines(file));
    int last = lastIndexOf(lines, "\"type\":\"checkpoint\"");
    lines.remove(last);
    Files.write(file, lines);

    var trust = np.resolve("trust.pem").toString();
    var verified = verify(file, "--trust", trust, "--checkpoints", checkpoints.toString());

    assertThat(verified.exit()).isEqualTo(ExitCode.ERROR.code());
    assertThat(verified.out()).contains("checkpoint").contains("it was exported");
  }

  @Test
  void aFileThatIsNotWholeIsNone() throws Exception {
    var file = export();
    var lines = Files.readAllLines(file);
    Files.write(file, lines.subList(0, lines.size() - 1));

    var verified = verify(file, "--trust", np.resolve("trust.pem").toString());

    assertThat(verified.exit()).isEqualTo(ExitCode.ERROR.code());
    assertThat(verified.err()).contains("is not whole");
  }

  @Test
  void theLogIsShownByKindAndTimeOverSeveralPages() {
    var registered = nameplate("audit", "show", "--kind", "OwnerRegistered").ok().out();

    assertThat(registered).contains("device:pump-1", "device:pump-2").doesNotContain("Issued");
    assertThat(nameplate("audit", "show", "--since", "1h", "--limit", "3").ok().out().lines())
        .hasSize(4);
    assertThat(nameplate("audit", "show", "--until", "2020-01-01T00:00:00Z").ok().out())
        .doesNotContain("OwnerRegistered");
    assertThat(nameplate("audit", "show", "--since", "yesterday").exit())
        .isEqualTo(ExitCode.USAGE.code());
  }

  @Test
  void withoutAQuarantineThereIsNothingToAccept() {
    var accepted = nameplate("database", "accept-restore", "--reason", "none");

    assertThat(accepted.exit()).isEqualTo(ExitCode.CONFLICT.code());
    assertThat(accepted.err()).contains("not in quarantine");
  }

  private static Path export() throws IOException {
    var file = Files.createTempFile(folder, "audit", ".ndjson");
    nameplate("audit", "export", file.toString()).ok();
    return file;
  }

  private static Path exported() {
    return np.resolve("audit/checkpoints.jsonl");
  }

  private static int indexOf(List<String> lines, String part) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(part)) {
        return i;
      }
    }
    throw new AssertionError("no line has " + part);
  }

  private static int lastIndexOf(List<String> lines, String part) {
    return lines.size() - 1 - indexOf(lines.reversed(), part);
  }

  private static Shell.Result verify(Path file, String... more) {
    var arguments = new ArrayList<>(List.of("audit", "verify", file.toString()));
    arguments.addAll(List.of(more));
    return new Shell().run(arguments.toArray(String[]::new));
  }

  private static Shell.Result nameplate(String... arguments) {
    return new Shell().with("NAMEPLATE_DIR", np.toString()).run(arguments);
  }
}
