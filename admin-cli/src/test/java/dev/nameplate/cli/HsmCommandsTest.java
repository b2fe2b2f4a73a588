package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.server.Nameplate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `nameplate hsm …` on a SoftHSM token, with the server down and up.
class HsmCommandsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Path np = Path.of("");

  @BeforeEach
  void init() throws IOException {
    np = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "hsm-").resolve("np");
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
  }

  @Test
  void everyKeyIsTriedWhetherTheServerRunsOrNot() throws Exception {
    var down = hsm("test").ok();
    assertThat(down.out())
        .contains("root authority", "issuing authority", "OCSP answers until")
        .contains("audit checkpoints until", "receipts until")
        .contains("ec-p384 signs", "ec-p256 signs")
        .doesNotContain("fail");

    try (var _ = Nameplate.start(np)) {
      var up = json(hsm("test", "-o", "json").ok());
      assertThat(up.path("items"))
          .hasSizeGreaterThanOrEqualTo(3)
          .allMatch(each -> each.path("result").asText().equals("ok"));
    }
    assertThat(Files.exists(np.resolve("data/nameplate.trace.db"))).isFalse();
  }

  @Test
  void lookingAtTheKeysOfAServerThatIsDownWritesNothing() throws Exception {
    var database = np.resolve("data/nameplate.mv.db");
    var before = Files.readAllBytes(database);

    hsm("test").ok();

    assertThat(Files.readAllBytes(database)).isEqualTo(before);
  }

  @Test
  void aKeyThatIsGoneIsAFaultAndAWrongPinIsTriedOnce() throws Exception {
    Files.writeString(np.resolve("token/nameplate.pin"), "wrong");

    var first = hsm("test");
    assertThat(first.exit()).isEqualTo(12);
    assertThat(first.out()).contains("fail", "CKR_PIN_INCORRECT");
    var second = hsm("test");
    assertThat(second.exit()).isEqualTo(12);
    assertThat(second.out()).contains("no login is tried");
    assertThat(hsm("list").ok().out()).containsPattern("PIN +CKF_USER_PIN_COUNT_LOW");
  }

  @Test
  void evidenceIsFreshAndTheKeptOneIsInTheAuditLog() throws Exception {
    try (var _ = Nameplate.start(np)) {
      var label = json(hsm("test", "-o", "json").ok()).at("/items/1/label").asText();
      var kept = np.resolve("evidence.json");

      var printed =
          hsm("evidence", label, "--nonce", "c0ffee", "--out", kept.toString(), "-o", "json").ok();

      assertThat(printed.out().strip()).isEqualTo(Files.readString(kept));
      assertThat(json(printed).at("/proof/nonce").asText()).isEqualTo("c0ffee");
      assertThat(json(printed).at("/exposed").asBoolean(true)).isFalse();
      assertThat(hsm("evidence", label).ok().out())
          .containsPattern("CKA_NEVER_EXTRACTABLE +true")
          .contains("no: CKR_KEY_UNEXTRACTABLE");

      var audit = nameplate("audit", "show", "-o", "json", "--limit", "500").ok().out();
      var files = new ArrayList<Path>();
      try (var found = Files.newDirectoryStream(np.resolve("evidence"), label + "-*.json")) {
        found.forEach(files::add);
      }
      assertThat(files).hasSize(1);
      assertThat(audit)
          .contains(HexFormat.of().formatHex(Der.sha256(Files.readAllBytes(files.getFirst()))));
    }
  }

  @Test
  void aKeyThatDoesNotExistIsNamedWithThoseThatDo() {
    var nobody = hsm("evidence", "nobody");

    assertThat(nobody.exit()).isEqualTo(3);
    assertThat(nobody.err()).contains("no token has a key nobody", "root-", "issuing-");
    assertThat(hsm("evidence", "nobody", "--nonce", "xyz").exit()).isEqualTo(2);
  }

  @Test
  void aLibraryIsDescribedWithoutAFolder() throws Exception {
    var listed = new Shell().run("hsm", "list", "--module", "/usr/lib/softhsm/libsofthsm2.so");
    // where it keeps its tokens by default, this user may not look
    assertThat(listed.exit()).isIn(0, 1);

    var ours = json(hsm("list", "-o", "json").ok());
    assertThat(ours.at("/items/0/manufacturer").asText()).isEqualTo("SoftHSM");
    assertThat(hsm("list").ok().out())
        .contains("CKM_ECDSA", "CKF_LOGIN_REQUIRED", "generate pair")
        .containsPattern("token +nameplate");
  }

  @Test
  void aBenchMeasuresAndLeavesNothingBehind() throws Exception {
    var measured =
        json(
            hsm("bench", "--types", "ec-p256", "--callers", "2", "--seconds", "1", "-o", "json")
                .ok());

    assertThat(measured.at("/items/0/per_second").asDouble()).isPositive();
    assertThat(measured.at("/items/0/checked_per_second").asDouble()).isPositive();
    assertThat(json(hsm("test", "-o", "json").ok()).path("items")).hasSize(5);
  }

  private Shell.Result hsm(String verb, String... arguments) {
    var all = new String[arguments.length + 4];
    all[0] = "hsm";
    all[1] = verb;
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    all[arguments.length + 2] = "--dir";
    all[arguments.length + 3] = np.toString();
    return new Shell().run(all);
  }

  private Shell.Result nameplate(String... arguments) {
    return new Shell().with("NAMEPLATE_DIR", np.toString()).run(arguments);
  }

  private static JsonNode json(Shell.Result result) throws IOException {
    return JSON.readTree(result.out().getBytes(StandardCharsets.UTF_8));
  }
}
