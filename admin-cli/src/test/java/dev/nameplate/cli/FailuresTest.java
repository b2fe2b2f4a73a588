package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.server.admin.AdminApi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the command says when something is not as it should be: one clear sentence, what to do
/// next, an exit code that scripts can rely on, and never a stack trace.
class FailuresTest {

  @TempDir Path dir;

  @BeforeEach
  void aContext() throws IOException {
    Answering.makeOperator(dir);
    context("https://127.0.0.1:" + freePort());
  }

  @Test
  void aServerThatDoesNotRun() {
    var result = run("device", "list");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith("nameplate: nothing answers at https://127.0.0.1:")
        .contains("Is `nameplate serve --dir " + dir + "` running?")
        .hasLineCount(2);
  }

  @Test
  void verboseAddsTheCausesButNoStackTrace() {
    var result = run("device", "list", "--verbose");

    assertThat(result.err())
        .contains("because: NoAnswerException", "because: ConnectException")
        .doesNotContain("\tat ");
  }

  @Test
  void aServerThatSpeaksSomethingElse() throws IOException {
    try (var server = new Answering(200, "text/html", "<html>hello</html>")) {
      context(server.url());
      var result = run("device", "list");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.err()).contains("an answer that is not of Nameplate's admin API");
    }
  }

  @ParameterizedTest
  @CsvSource({"400, 2", "401, 4", "403, 4", "404, 3", "409, 5", "422, 2", "500, 1", "503, 1"})
  void theStatusDecidesTheExitCode(int status, int exit) throws IOException {
    try (var server = new Answering(status, "application/problem+json", problem("it is so"))) {
      context(server.url());
      var result = run("device", "show", "pump-0017");

      assertThat(result.exit()).isEqualTo(exit);
      assertThat(result.err()).startsWith("nameplate: it is so\n");
    }
  }

  @Test
  void whatTheServerSaysCannotMoveTheCursor() throws IOException {
    var evil = problem("pump\\u001b[2J\\u009b31m\\u202egnp.exe\\rroot");
    try (var server = new Answering(403, "application/problem+json", evil)) {
      context(server.url());
      var result = run("device", "show", "pump-0017");

      assertThat(result.err())
          .contains("pump<U+001B>[2J<U+009B>31m<U+202E>gnp.exe<U+000D>root")
          .matches(text -> text.chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7f)));
    }
  }

  @Test
  void norCanDataInATableOrInJson() throws IOException {
    var evil =
        """
        {"device":{"id":"pump\\u001b]8;;http://x\\u0007","state":"active","epoch":1,
          "profile":"\\u202edevice","registered_at":"2026-11-23T12:00:00Z"},"certificates":[]}
        """;
    try (var server = new Answering(200, "application/json", evil)) {
      context(server.url());
      var table = run("device", "show", "pump-0017").ok();
      var json = run("device", "show", "pump-0017", "-o", "json").ok();

      assertThat(table.out()).contains("pump<U+001B>]8;;http://x<U+0007>");
      assertThat(table.out() + json.out())
          .matches(text -> text.chars().allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7f)));
    }
  }

  @Test
  void aSecretFileThatExistsIsNotOverwrittenAndNothingIsAsked() throws IOException {
    var file = Files.writeString(dir.resolve("s"), "kept");
    var result = run("device", "add", "pump-0017", "--secret-file", file.toString());

    assertThat(result.exit()).isEqualTo(5);
    assertThat(result.err()).contains("is there already");
    assertThat(file).hasContent("kept");
  }

  @Test
  void aRefusedDeviceLeavesNoSecretFile() {
    var file = dir.resolve("s");
    var result = run("device", "add", "pump-0017", "--secret-file", file.toString());

    assertThat(result.exit()).isEqualTo(1);
    assertThat(file).doesNotExist();
  }

  @Test
  void noContextAnywhere() {
    var result =
        new Shell().with("NAMEPLATE_DIR", dir.resolve("none").toString()).run("device", "list");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("there is no " + dir.resolve("none/context.yaml"));
  }

  @Test
  void aContextThatLacksSomething() throws IOException {
    Files.writeString(dir.resolve("context.yaml"), "admin_url: https://127.0.0.1:1\n");
    var result = run("device", "list");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("context.yaml does not say est_url");
  }

  @ParameterizedTest
  @CsvSource({
    "device add no/slash, not a device id: no/slash",
    "cert revoke zz --reason superseded, not a serial number in hex: zz",
    "cert revoke 1f --reason becauseISaySo, not a revocation reason: becauseISaySo",
    "cert revoke 1f, Missing required option: '--reason=REASON'",
    "device retire pump --wait carrier-pigeon, carrier-pigeon",
    "device list -o xml, not an output format: xml",
    "device add pump --secret-ttl soon, not a duration: soon",
    "device lsit, 'One of: add, list, show, explain, secret'",
    "device list --sate retired, not understood: --sate retired",
    "est enroll pump --out x --secret-file y --url http://127.0.0.1 --trust trust.pem, EST needs",
    "device, Missing required subcommand"
  })
  void aWrongCommandLineIsExplainedAndEndsWith2(String line, String complaint) {
    var arguments = line.replace("trust.pem", dir.resolve("trust.pem").toString()).split(" ", -1);
    var result = new Shell().run(arguments);

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).startsWith("nameplate: ").contains(complaint);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void settingsThatAreNotThereAreAMistakeWithItsPlace() throws IOException {
    var result = run("config", "check", "--dir", dir.toString(), "-o", "json");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(new ObjectMapper().readTree(result.out()).at("/problems/0/file").asText())
        .isEqualTo(dir.resolve("nameplate.yaml").toString());
    assertThat(result.err()).contains("`nameplate serve` will not start");
  }

  @Test
  void anOutputFormatInTheEnvironmentThatDoesNotExist() {
    var result = new Shell().with("NAMEPLATE_OUTPUT", "xml").run("version");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("NAMEPLATE_OUTPUT: not an output format: xml");
  }

  private Shell.Result run(String... arguments) {
    return new Shell().with("NAMEPLATE_DIR", dir.toString()).run(arguments);
  }

  private void context(String adminUrl) throws IOException {
    Answering.writeContext(dir, adminUrl);
  }

  private static String problem(String detail) {
    return """
    {"type":"about:blank","title":"no","status":1,"detail":"%s","code":"no","request_id":"r-1"}
    """
        .formatted(detail);
  }

  /// Nobody says of an expired certificate whether it is revoked; waiting for that has no end.
  @Test
  void anExpiredCertificateOfARetiredDeviceIsNotWaitedFor() throws IOException {
    var device =
        """
        {"id":"pump","state":"retired","epoch":1,"profile":"device",
          "registered_at":"2020-11-23T12:00:00Z","retired_at":"2022-11-23T12:00:00Z"}\
        """;
    var expired =
        """
        {"serial":"4711","issuer":"00","owner":"device:pump","label":"device","state":"issued",
          "not_before":"2020-11-23T12:00:00Z","not_after":"2021-11-23T12:00:00Z",
          "crl_url":"http://127.0.0.1:1/crl",
          "revocation":{"at":"2020-11-24T12:00:00Z","reason":"superseded"}}\
        """;
    var detail = "{\"device\":" + device + ",\"certificates\":[" + expired + "]}";
    var retired =
        "{\"device\":" + device + ",\"revoked\":[],\"abandoned\":0,\"burned\":0,\"already\":true}";
    try (var server = new Answering(200, "application/json", detail)) {
      server.at(AdminApi.PATH + "/devices/pump/retire", 200, "application/json", retired);
      server.at(
          AdminApi.PATH + "/devices/pump/retirement",
          200,
          "application/json",
          "{\"device\":\"pump\",\"epoch\":1,\"state\":\"retired\"}");
      context(server.url());
      var result = run("device", "retire", "pump", "--wait", "ocsp,crl", "--timeout", "1s");

      assertThat(result.err()).contains("Certificate 4711 expired at 2021-11-23T12:00:00Z");
      assertThat(result.exit()).as(result.err()).isZero();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
