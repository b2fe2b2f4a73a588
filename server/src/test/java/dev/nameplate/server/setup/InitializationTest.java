package dev.nameplate.server.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.SettingsFile;
import dev.nameplate.store.testing.Postgresql;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class InitializationTest {

  private Path parent;
  private Path dir;

  @BeforeEach
  void folder() throws IOException {
    var all = Files.createDirectories(Path.of("target", "servers").toAbsolutePath());
    parent = Files.createTempDirectory(all, "init");
    dir = parent.resolve("np");
  }

  @Test
  void theFolderHasEverythingAndKeepsItsSecrets() throws Exception {
    var heard = new ArrayList<String>();

    var made = Initialization.run(InitOptions.onFreePorts(dir, "Acme"), heard::add);

    assertThat(heard).hasSize(7).allSatisfy(line -> assertThat(line).startsWith("made "));
    assertThat(SettingsFile.check(dir)).isEmpty();
    assertThat(mode(dir)).isEqualTo("rwx------");
    for (var secret : List.of("context.yaml", "secrets.key", "tls/server.key", "admin/first.key")) {
      assertThat(mode(dir.resolve(secret))).as(secret).isEqualTo("rw-------");
    }
    var settings = SettingsFile.read(dir);
    assertThat(settings.listeners().est().orElseThrow().port())
        .isEqualTo(made.estUrl().getPort())
        .isPositive();
    assertThat(settings.publicUrl()).isEqualTo(made.statusUrl());
    assertThat(Files.readString(made.context())).contains("admin_url: " + made.adminUrl());
    var trust = Pem.decodeCertificates(Files.readString(made.trust()));
    assertThat(trust).hasSize(2);
    assertThat(trust.getFirst().sha256()).isEqualTo(made.rootFingerprint());
    assertThat(trust.getLast().sha256()).isEqualTo(made.issuingFingerprint());
    assertThat(siblings()).containsExactly(dir);
  }

  @Test
  void ofEveryKeyThatWasMadeThereIsEvidenceWhoseHashIsInTheAuditLog() throws Exception {
    Initialization.run(InitOptions.onFreePorts(dir, "Acme"), _ -> {});

    var made = new ArrayList<String>();
    try (var core = Nameplate.core(SettingsFile.read(dir))) {
      core.database()
          .audit()
          .rows(row -> {
            if (row.kind().equals("KeyMade")) {
              made.add(row.payload().orElseThrow());
            }
          });
    }
    assertThat(made).hasSize(5).allMatch(payload -> payload.contains("\"exposed\":\"\""));
    var kept = new ArrayList<String>();
    try (var files = Files.newDirectoryStream(dir.resolve("evidence"))) {
      for (var file : files) {
        kept.add(HexFormat.of().formatHex(Der.sha256(Files.readAllBytes(file))));
      }
    }
    assertThat(kept)
        .hasSize(5)
        .allSatisfy(hash -> assertThat(made).anyMatch(payload -> payload.contains(hash)));
  }

  @Test
  @Tag("S1")
  void opensslAcceptsWhatWasMade() throws Exception {
    var options =
        new InitOptions(
            dir,
            "Acme",
            "127.0.0.1",
            List.of("pki.example"),
            Optional.of(URI.create("http://status.example")),
            0,
            0,
            0,
            0,
            Optional.empty());
    var made = Initialization.run(options, _ -> {});

    for (var chain : List.of(dir.resolve("tls/server.pem"), made.adminCertificate())) {
      var verified =
          Tool.OPENSSL.run(
              dir, "verify", "-x509_strict", "-CAfile", made.trust().toString(), chain.toString());
      assertThat(verified.exit()).as(verified.output()).isZero();
    }
    var tls =
        Tool.OPENSSL.run(dir, "x509", "-noout", "-text", "-in", dir.resolve("tls/server.pem") + "");
    assertThat(tls.output())
        .contains("DNS:pki.example, IP Address:127.0.0.1, DNS:localhost")
        .contains("URI:http://status.example/ocsp");
  }

  @Test
  void aFolderThatHasACaIsRefusedAndNotTouched() throws Exception {
    var options = InitOptions.onFreePorts(dir, "Acme");
    Initialization.run(options, _ -> {});
    var before = Files.readString(dir.resolve("trust.pem"));

    assertThatThrownBy(() -> Initialization.run(options, _ -> {}))
        .isInstanceOf(InitException.class)
        .hasMessageContaining("has a CA already; nothing was changed");
    assertThat(Files.readString(dir.resolve("trust.pem"))).isEqualTo(before);
  }

  @Test
  void aFolderWithOtherFilesIsRefused() throws Exception {
    Files.createDirectory(dir);
    Files.writeString(dir.resolve("letter.txt"), "Dear");

    assertThatThrownBy(() -> Initialization.run(InitOptions.onFreePorts(dir, "Acme"), _ -> {}))
        .isInstanceOf(InitException.class)
        .hasMessageContaining("is not empty");
  }

  @Test
  void anInitThatFailsLeavesNothingAndTheNextOneSucceeds() throws Exception {
    // half way: the authorities are made, the rest is not
    assertThatThrownBy(() ->
            Initialization.run(
                InitOptions.onFreePorts(dir, "Acme"),
                step -> {
                  if (step.contains("Issuing")) {
                    throw new IllegalStateException("the plug was pulled");
                  }
                }))
        .isInstanceOf(InitException.class)
        .hasMessageContaining("the plug was pulled");
    assertThat(siblings()).isEmpty();

    // what a killed one would have left
    var killed = Files.createDirectories(parent.resolve(".np.init-123/token"));
    Files.writeString(killed.resolve("half"), "done");
    Initialization.run(InitOptions.onFreePorts(dir, "Acme"), _ -> {});

    assertThat(siblings()).containsExactly(dir);
  }

  @Test
  void aNameForTheServerIsNeededWhereTheAddressSaysNone() {
    var options =
        new InitOptions(
            dir, "Acme", "0.0.0.0", List.of(), Optional.empty(), 0, 0, 0, 0, Optional.empty());

    assertThatThrownBy(() -> Initialization.run(options, _ -> {}))
        .isInstanceOf(InitException.class)
        .hasMessageContaining("needs a host name or a public URL");
  }

  @Test
  void aCaInPostgresqlIsServedFromThere() throws Exception {
    var options = InitOptions.onFreePorts(dir, "Acme", Optional.of(postgresql()));
    var made = Initialization.run(options, _ -> {});

    assertThat(SettingsFile.check(dir)).isEmpty();
    assertThat(dir.resolve("data")).doesNotExist();
    try (var server = Nameplate.start(dir)) {
      var ready = server.metricsUrl().resolve("/health/ready");
      assertThat(Tool.CURL.run(parent, "-sS", "-f", ready.toString()).exit()).isZero();
    }
    assertThat(made.rootName()).contains("Acme Root CA");
  }

  @Test
  void aDatabaseThatHasACaIsRefusedAndNotTouched() throws Exception {
    var postgresql = postgresql();
    Initialization.run(InitOptions.onFreePorts(dir, "Acme", Optional.of(postgresql)), _ -> {});

    assertThatThrownBy(() ->
            Initialization.run(
                InitOptions.onFreePorts(parent.resolve("second"), "Acme", Optional.of(postgresql)),
                _ -> {}))
        .isInstanceOf(InitException.class)
        .hasMessageContaining("the database has a CA already; nothing was changed in it");
    assertThat(parent.resolve("second")).doesNotExist();
  }

  @Test
  void anInitThatFailsHalfWaySaysThatTheDatabaseHasToBeEmptied() throws Exception {
    var options = InitOptions.onFreePorts(dir, "Acme", Optional.of(postgresql()));

    assertThatThrownBy(() ->
            Initialization.run(
                options,
                step -> {
                  if (step.contains("Issuing")) {
                    throw new IllegalStateException("the plug was pulled");
                  }
                }))
        .isInstanceOf(InitException.class)
        .hasMessageContaining("the plug was pulled")
        .hasMessageContaining("DROP SCHEMA public CASCADE");
  }

  @Test
  void aHostThatNoCertificateCanNameIsRefusedBeforeAnythingIsMade() {
    assertThatThrownBy(() ->
            new InitOptions(
                dir,
                "Acme",
                "0.0.0.0",
                List.of("not a host"),
                Optional.empty(),
                0,
                0,
                0,
                0,
                Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a host");
  }

  private InitOptions.Postgresql postgresql() throws IOException {
    var password = parent.resolve("it's a password");
    PrivateFile.write(password, "any\n");
    return new InitOptions.Postgresql(Postgresql.freshUrl(), Postgresql.USER, password);
  }

  private List<Path> siblings() throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      return all.toList();
    }
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
