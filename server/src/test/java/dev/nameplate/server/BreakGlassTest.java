package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.RunningServer.Identity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BreakGlassTest {

  private static final BreakGlass.Reason REASON =
      new BreakGlass.Reason("nobody is left", "operator");

  private final SoftwareKey key = SoftwareKey.generate(KeyType.EC_P256);

  @Test
  void aServerThatRunsTakesARequestUpFromItsFolderAndShouts() throws Exception {
    try (var server = RunningServer.start()) {
      var folder = Files.createDirectory(server.dir.resolve("break-glass"), PrivateFile.FOLDER);
      PrivateFile.write(folder.resolve("now.request"), BreakGlassDesk.text(csr(), REASON));

      await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(folder.resolve("now.pem")));

      assertThat(folder.resolve("now.request")).doesNotExist();
      var admin = identity(folder.resolve("now.pem"));
      assertThat(Duration.between(admin.certificate().notBefore(), admin.certificate().notAfter()))
          .isBetween(Duration.ofMinutes(59), Duration.ofMinutes(66));
      var myself = server.ask(admin, "GET", "/whoami", "").body();
      assertThat(myself.get("grants")).hasSize(AdminRole.values().length);
      var name = myself.get("owner").asText();
      assertThat(name).startsWith("admin:break-glass-");
      assertThat(server.monitoring("/health/ready")).contains(name, "made in an emergency");
      assertThat(server.monitoring("/metrics"))
          .contains("nameplate_break_glass_administrators 1");
      var kinds = new ArrayList<String>();
      server.get("/audit?subject=" + name).body().get("items").forEach(row -> {
        kinds.add(row.get("kind").asText());
        if (row.get("kind").asText().equals("GlassBroken")) {
          assertThat(row.get("payload").asText()).contains("nobody is left", "operator");
        }
      });
      // written down before anything was made
      assertThat(kinds.reversed().subList(0, 2)).containsExactly("OwnerRegistered", "GlassBroken");
      assertThat(kinds).filteredOn("RoleGranted"::equals).hasSize(AdminRole.values().length);

      nobodyRenewsIt(server, admin, name.substring("admin:".length()));
      assertThat(server.post("/administrators/" + name.substring(6) + "/retire",
              "{\"reason\":\"superseded\"}").status())
          .isEqualTo(200);
      assertThat(server.ask(admin, "GET", "/server", "").status()).isEqualTo(403);
    }
  }

  private void nobodyRenewsIt(RunningServer server, Identity admin, String name) throws Exception {
    for (var path : List.of("admin/simplereenroll", "admin/simpleenroll", "break-glass/simplereenroll")) {
      assertThat(
              server
                  .enroll(
                      path,
                      Optional.of(admin),
                      name,
                      Optional.empty(),
                      SoftwareKey.generate(KeyType.EC_P256))
                  .statusCode())
          .as(path)
          .isIn(403, 404);
    }
  }

  @Test
  void aRequestThatOthersCouldHaveWrittenOrThatIsNoneIsNotTakenUp() throws Exception {
    var dir = Files.createDirectories(RunningServer.freshFolder());
    Files.writeString(dir.resolve(SettingsFile.NAME), "");
    var folder = Files.createDirectory(dir.resolve("break-glass"));
    var made = new ArrayList<Csr>();
    var desk =
        new BreakGlassDesk(
            dir,
            (request, _) -> {
              made.add(request);
              throw new IllegalStateException("the store is away");
            });
    var open = folder.resolve("open.request");
    Files.writeString(open, BreakGlassDesk.text(csr(), REASON));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-rw-rw-"));
    PrivateFile.write(dir.resolve("elsewhere"), BreakGlassDesk.text(csr(), REASON));
    Files.createSymbolicLink(folder.resolve("link.request"), dir.resolve("elsewhere"));
    PrivateFile.write(folder.resolve("empty.request"), "reason: x\nuser: y\n");
    PrivateFile.write(folder.resolve("silent.request"), csr());

    desk.run(java.time.Instant.EPOCH);

    assertThat(made).isEmpty();
    assertThat(open).doesNotExist();
    assertThat(folder.resolve("link.request")).doesNotExist();
    assertThat(dir.resolve("elsewhere")).exists();
    assertThat(folder.resolve("empty.refused")).content().contains("0 requests instead of one");
    assertThat(folder.resolve("silent.refused")).content().contains("a reason is one line");

    PrivateFile.write(folder.resolve("right.request"), BreakGlassDesk.text(csr(), REASON));
    desk.run(java.time.Instant.EPOCH);
    desk.run(java.time.Instant.EPOCH);

    assertThat(made).hasSize(1);
    assertThat(folder.resolve("right.refused")).content().contains("the store is away");
    assertThat(folder.resolve("right.request")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "two\nlines", "\u001b[2J"})
  void aReasonIsALineThatSaysSomething(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new BreakGlass.Reason(text, "operator"));
  }

  private String csr() {
    var request =
        Csr.sign(
            DistinguishedName.ofCommonName("break-glass"),
            key.publicKey(),
            key.algorithm(),
            key::sign);
    return Pem.encode("CERTIFICATE REQUEST", request.toByteArray());
  }

  private Identity identity(Path pem) throws Exception {
    return new Identity(key, Pem.decodeCertificates(Files.readString(pem)));
  }
}
