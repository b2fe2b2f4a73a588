package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyPurpose;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
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
            "database: needs either file or url");
  }

  @Test
  void aTokenIsReachedInOneWay() throws Exception {
    assertThat(problems("token: {}"))
        .containsExactly(
            "7 token: needs either softhsm, or both module and pin_file (or pin_credential)");
    assertThat(problems("token: {module: /p11.so, pin_file: pin, pin_credential: pin}"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("needs either softhsm, or both module");
    assertThat(problems("token: {softhsm: token, driver: jca, provider: SunPKCS11, pin_file: pin}"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("driver jca needs provider and either pin_file or pin_credential; its library");
    assertThat(problems("token: {softhsm: token, provider: SunPKCS11}"))
        .containsExactly("7 token: provider and provider_config are for driver jca");
    assertThat(problems("token: {softhsm: token, driver: odbc}"))
        .containsExactly("7 token.driver: 'odbc' is none of pkcs11, jca");
    assertThat(problems("token: {module: /p11.so, pin_credential: pin}")).isEmpty();
  }

  @Test
  void severalTokensAreAList() throws Exception {
    var settings =
        read(
            LEAST.replace(
                "token: {softhsm: token}",
                """
                tokens:
                  - {label: a, softhsm: token, standby: b, deadline: 6s}
                  - {label: b, softhsm: token}
                  - {label: c, module: /p11.so, pin_file: pin, keys: [issuing, ocsp], queue: 16}\
                """));

    assertThat(settings.token()).isEmpty();
    assertThat(settings.allTokens())
        .extracting(Settings.Token::label)
        .containsExactly("a", "b", "c");
    assertThat(settings.allTokens().getLast().makes())
        .containsExactlyInAnyOrder(KeyPurpose.ISSUING, KeyPurpose.OCSP);
  }

  @Test
  void tokensThatDoNotGoTogetherAreSaid() throws Exception {
    assertThat(tokens("{label: a, softhsm: t}", "{label: a, module: /p.so, pin_file: p}"))
        .contains("tokens: two have the label a, by which their keys are found");
    assertThat(tokens("{label: a, softhsm: t}", "{label: b, softhsm: u}"))
        .contains("tokens: SoftHSM reads one folder in a process, and a is in " + dir.resolve("t"));
    assertThat(tokens("{label: a, softhsm: t, standby: c}", "{label: b, softhsm: t}"))
        .contains("tokens: the standby of a must be another of them, not c");
    assertThat(tokens("{label: a, softhsm: t, standby: a}", "{label: b, softhsm: t}"))
        .contains("tokens: the standby of a must be another of them, not a");
    assertThat(tokens("{label: a, softhsm: t, standby: b}", "{label: b, softhsm: t, standby: a}"))
        .contains("tokens: b can be the standby of one token only, and have none itself");
    assertThat(tokens("{label: a, softhsm: t, standby: b, keys: [ocsp]}", "{label: b, softhsm: t}"))
        .contains("tokens: a and its standby b hold the same keys, so none is made in one of them");
    assertThat(
            tokens(
                "{label: a, softhsm: t, standby: b}",
                "{label: b, softhsm: t, rsa_signatures: pss}"))
        .contains("tokens: a and its standby b sign for each other, but differ in rsa_signatures");
    assertThat(
            tokens(
                "{label: a, softhsm: t, keys: [ocsp]}",
                "{label: b, softhsm: t, keys: [issuing, ocsp]}"))
        .contains("tokens: new ocsp keys cannot be made in both a and b");
    assertThat(tokens("{label: a, softhsm: t, standby: b}", "{label: b, softhsm: t}"))
        .contains("and a makes none (it has a standby); name them for a token that does")
        .contains("keys: [ocsp]");
    assertThat(tokens("{label: a, driver: jca, provider: P, pin_file: p}"))
        .contains("and a makes none (it has the driver jca)");
    assertThat(
            tokens(
                "{label: a, softhsm: t}",
                "{label: b, driver: jca, provider: P, pin_file: p, keys: [issuing]}"))
        .contains("tokens: no key is made in b, which has the driver jca");
    assertThat(problems("tokens: []"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("tokens: keys live in one token at least");
    assertThat(problems("token: {softhsm: t}\ntokens: [{softhsm: t}]"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("needs either token, or tokens");
    assertThat(problems("token: {softhsm: t, standby: b}"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("token: keys and standby are for one of several tokens");
  }

  private String tokens(String... items) throws Exception {
    var found = problems("tokens:\n  - " + String.join("\n  - ", items));
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private List<String> problems(String tokens) throws Exception {
    write(LEAST.replace("token: {softhsm: token}", tokens));
    return SettingsFile.check(dir).stream()
        .map(problem -> problem.line() + " " + problem.what())
        .toList();
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
                + " server-auth, ocsp-signing, cmc-ra, document-signing",
            "profiles/pump.yaml profile 'admin' belongs in admin.yaml");
  }

  @Test
  void theDefaultLabelMustBeAProfileForEst() throws Exception {
    write(LEAST + "est: {default_label: tls-server}\n");

    assertThat(SettingsFile.check(dir))
        .extracting(SettingsProblem::what)
        .containsExactly("est.default_label: no profile for EST has the name 'tls-server'");
  }

  private Settings read(String yaml) throws Exception {
    write(yaml);
    return SettingsFile.read(dir);
  }

  private void write(String yaml) throws IOException {
    Files.writeString(dir.resolve(SettingsFile.NAME), yaml);
  }
}
