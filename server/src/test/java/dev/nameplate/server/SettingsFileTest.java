package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsFileTest {

  private static final String LEAST =
      """
      public_url: http://pki.example:8080
      listeners:
        est: {port: 8443}
        status: {bind: 0.0.0.0, port: 0}
        admin: {port: 8444}
        metrics: {port: 9464}
      token: {softhsm: token}
      database: {file: data/nameplate}
      """;

  @TempDir Path dir;

  @BeforeEach
  void profiles() throws Exception {
    var folder = Files.createDirectory(dir.resolve("profiles"));
    for (var source : ProfileFiles.defaults().sources()) {
      Files.writeString(folder.resolve(source.profile().name() + ".yaml"), source.text());
    }
  }

  @Test
  void whatIsNotSaidHasADefaultAndPathsAreRelativeToTheFile() throws Exception {
    var settings = read(LEAST);

    assertThat(settings.node()).isEqualTo("main");
    assertThat(settings.listeners().est()).contains(new Settings.Listener("127.0.0.1", 8443));
    assertThat(settings.listeners().status()).contains(new Settings.Listener("0.0.0.0", 0));
    assertThat(settings.roles()).containsExactlyInAnyOrder(Settings.Role.values());
    assertThat(settings.crl().validity()).isEqualTo(Duration.ofHours(24));
    assertThat(settings.tls().key()).isEqualTo(dir.resolve("tls/server.key"));
    assertThat(settings.database().file()).contains(dir.resolve("data/nameplate"));
    assertThat(SettingsFile.check(dir)).isEmpty();
  }

  @Test
  void everythingThatIsWrongIsNamedWithItsLine() throws Exception {
    write(
        """
        public_url: http://pki.example:8080/
        listeners:
          est: {port: 8443, bnid: 0.0.0.0}
          status:
            port: 80800
          admin: {port: eighty}
          metrics: {}
        token: {softhsm: token, sessions: 0}
        crl: {validity: 1 day}
        crl: {validity: 24h}
        database: none
        colour: blue
        """);

    assertThat(SettingsFile.check(dir))
        .extracting(problem -> problem.line() + " " + problem.what())
        .containsExactly(
            "3 unknown setting listeners.est.bnid",
            "5 listeners.status: port 80800 is not between 0 and 65535",
            "6 listeners.admin.port: 'eighty' is not a whole number",
            "7 missing setting listeners.metrics.port",
            "8 token: sessions 0 is not between 1 and 256",
            "9 crl.validity: '1 day' is not a duration; write 500ms, 30s, 15m, 24h or 90d",
            "10 crl is there twice",
            "11 database must be settings by name, not one value",
            "12 unknown setting colour");
  }

  @Test
  void whatIsMissingIsNamedToo() throws Exception {
    write("node: one\n");

    assertThat(SettingsFile.check(dir))
        .extracting(SettingsProblem::what)
        .containsExactly(
            "missing setting public_url",
            "missing setting listeners.metrics.port",
            "token: needs either softhsm, or both module and pin_file",
            "database: needs either file or url");
  }

  @Test
  void aRuleOverSeveralSettingsNamesThem() throws Exception {
    write(LEAST.replace("http://pki.example:8080", "http://pki.example/"));

    assertThatThrownBy(() -> SettingsFile.read(dir))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("nameplate.yaml:1: the file: public_url 'http://pki.example/' must");
  }

  @Test
  void aRoleNeedsItsListener() throws Exception {
    var withoutEst = LEAST.replaceFirst("(?m)^  est: .*\n", "");

    write(withoutEst);
    assertThat(SettingsFile.check(dir))
        .extracting(SettingsProblem::what)
        .containsExactly("the file: the role est needs to know where to listen: listeners.est");

    write(withoutEst + "roles: [status, admin, jobs]\n");
    assertThat(SettingsFile.check(dir)).isEmpty();
  }

  @Test
  void statusAloneNeedsAnIssuingNodeAndASharedDatabase() throws Exception {
    var issuing =
        "issuing_node: {admin_url: 'https://ca.example:8444', est_url: 'https://ca.example:8443'}\n";

    write(LEAST + "roles: [status]\n");
    assertThat(SettingsFile.check(dir))
        .singleElement()
        .satisfies(problem ->
            assertThat(problem.what())
                .contains("needs an issuing_node")
                .contains("nameplate node init"));

    write(LEAST + "roles: [status]\n" + issuing);
    assertThat(SettingsFile.check(dir))
        .singleElement()
        .satisfies(problem -> assertThat(problem.what()).contains("needs a database.url"));

    write(LEAST + issuing);
    assertThat(SettingsFile.check(dir))
        .singleElement()
        .satisfies(problem -> assertThat(problem.what()).contains("the only role is status"));
  }

  @Test
  void whatIsNotYamlIsNamedWithItsLine() throws Exception {
    write(LEAST + "crl: [\n");

    assertThat(SettingsFile.check(dir))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.what()).startsWith("is not YAML: ");
          assertThat(problem.line()).isGreaterThan(8);
        });
  }

  @Test
  void anchorsASecondDocumentAndAnEmptyFileAreRefused() throws Exception {
    write(LEAST + "crl: &schedule {}\n");
    assertThat(SettingsFile.check(dir))
        .extracting(SettingsProblem::what)
        .containsExactly("anchors and aliases are not known here");

    write(LEAST + "---\n" + LEAST);
    assertThat(SettingsFile.check(dir))
        .extracting(SettingsProblem::what)
        .containsExactly("a second document");

    write("");
    assertThat(SettingsFile.check(dir))
        .extracting(SettingsProblem::what)
        .containsExactly("is empty");
  }

  @Test
  void aMissingFileIsAProblemNotACrash() {
    assertThat(SettingsFile.check(dir))
        .extracting(SettingsProblem::toString)
        .containsExactly(dir.resolve("nameplate.yaml") + ": there is no such file");
  }

  @Test
  void profilesAreCheckedInTheSameBreath() throws Exception {
    write(LEAST + "crl: {perriod: 1h}\n");
    var device = dir.resolve("profiles/device.yaml");
    Files.writeString(device, Files.readString(device).replace("[client-auth]", "[client-oath]"));
    Files.writeString(
        dir.resolve("profiles/pump.yaml"), Files.readString(dir.resolve("profiles/admin.yaml")));

    assertThat(SettingsFile.check(dir))
        .extracting(problem -> dir.relativize(problem.file()) + " " + problem.what())
        .containsExactly(
            "nameplate.yaml unknown setting crl.perriod",
            "profiles/device.yaml extended_key_usage: 'client-oath' is none of client-auth,"
                + " server-auth, ocsp-signing, cmc-ra",
            "profiles/pump.yaml profile 'admin' belongs in admin.yaml");
  }

  @Test
  void theDefaultLabelMustBeAProfileForEst() throws Exception {
    write(LEAST + "est: {default_label: admin}\n");

    assertThat(SettingsFile.check(dir))
        .extracting(SettingsProblem::what)
        .containsExactly("est.default_label: no profile for EST has the name 'admin'");
  }

  private Settings read(String yaml) throws Exception {
    write(yaml);
    return SettingsFile.read(dir);
  }

  private void write(String yaml) throws IOException {
    Files.writeString(dir.resolve(SettingsFile.NAME), yaml);
  }
}
