package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.server.Nameplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// The commands of `docs/roles.md`, one after the other on one server: day one with more than one
/// administrator.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AdministratorStoryTest {

  private static final int DENIED = 4;
  private static final int CONFLICT = 5;

  private static Path folder = Path.of("");
  private static Path np = Path.of("");
  private static @Nullable Nameplate server;

  @BeforeAll
  static void initAndServe() throws Exception {
    folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "roles-");
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
    server = Nameplate.start(np);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  @Order(1)
  void theFirstAdministratorMakesTwoWhoHaveTheirKeysToThemselves() throws Exception {
    enrolled("alice", "--role", "security-officer", "--role", "viewer");
    enrolled("bob", "--role", "device-admin", "--role", "viewer");
    enrolled("line-7", "--role", "line-operator", "--lot", "2026-31");

    assertThat(permissions(folder.resolve("alice/key.pem"))).isEqualTo("rw-------");
    assertThat(np.toFile().list((_, name) -> name.contains("alice"))).isEmpty();
    assertThat(as("alice", "admin", "whoami").ok().out())
        .contains("admin:alice", "security-officer", "viewer");
    assertThat(as("alice", "admin", "list").ok().out())
        .contains("first", "alice", "bob", "line-operator of lot=2026-31");
  }

  @Test
  @Order(2)
  void eachDoesTheirOwnWorkAndNoMore() {
    as("bob", "device", "add", "pump-1").ok();
    as("line-7", "device", "add", "pump-2").ok();

    assertThat(as("alice", "device", "add", "pump-3").exit()).isEqualTo(DENIED);
    var refused = as("bob", "admin", "list").ok();
    assertThat(refused.out()).contains("alice");
    assertThat(as("bob", "admin", "grant", "line-7", "--role", "viewer").exit()).isEqualTo(DENIED);
    assertThat(as("line-7", "device", "list").err()).contains("none of your roles allows this");
    assertThat(as("line-7", "device", "list").exit()).isEqualTo(DENIED);
    assertThat(as("bob", "audit", "show").exit()).isEqualTo(DENIED);
    assertThat(as("line-7", "device", "secret", "pump-2").exit()).isZero();
    // not of the lot
    assertThat(as("line-7", "device", "secret", "pump-1").exit()).isEqualTo(3);
  }

  @Test
  @Order(3)
  void dutiesStaySeparate() {
    assertThat(as("alice", "admin", "grant", "alice", "--role", "device-admin").exit())
        .isEqualTo(CONFLICT);
    assertThat(as("alice", "admin", "grant", "bob", "--role", "security-officer").err())
        .contains("could approve their own work");
    var together =
        as("alice", "admin", "add", "eve", "--role", "security-officer", "--role", "revoker");
    assertThat(together.exit()).isEqualTo(CONFLICT);
    assertThat(as("alice", "admin", "show", "eve").exit()).isEqualTo(3);
    assertThat(as("alice", "admin", "secret", "alice").exit()).isEqualTo(CONFLICT);
  }

  @Test
  @Order(4)
  void aRoleIsGivenAndTakenFromTheNextRequestOn() {
    as("alice", "admin", "grant", "line-7", "--role", "viewer").ok();
    as("line-7", "device", "list").ok();
    as("alice", "admin", "revoke-role", "line-7", "--role", "viewer").ok();

    assertThat(as("line-7", "device", "list").exit()).isEqualTo(DENIED);
  }

  @Test
  @Order(5)
  void aCertificateIsRenewedWithANewKeyAndTheOldOneEnds() throws Exception {
    var me = folder.resolve("bob");
    var old = Files.createDirectories(folder.resolve("old-bob"));
    for (var file : java.util.List.of("key.pem", "cert.pem", "trust.pem", "context.yaml")) {
      Files.copy(me.resolve(file), old.resolve(file));
    }
    as("bob", "admin", "renew", "--if-due").ok();
    assertThat(Files.readString(me.resolve("key.pem")))
        .isEqualTo(Files.readString(old.resolve("key.pem")));

    as("bob", "admin", "renew").ok();

    assertThat(Files.readString(me.resolve("key.pem")))
        .isNotEqualTo(Files.readString(old.resolve("key.pem")));
    as("bob", "device", "list").ok();
    var refused = as("old-bob", "device", "list");
    assertThat(refused.exit()).isEqualTo(DENIED);
    assertThat(refused.err()).contains("was revoked");
  }

  @Test
  @Order(6)
  void theFirstAdministratorRenewsBesideTheFilesOfInit() throws Exception {
    new Shell().run("admin", "renew", "--dir", np.toString()).ok();

    assertThat(Files.readString(np.resolve("context.yaml")))
        .contains("key: admin/first/key.pem")
        .contains("certificate: admin/first/cert.pem");
    assertThat(permissions(np.resolve("context.yaml"))).isEqualTo("rw-------");
    new Shell().run("device", "list", "--dir", np.toString()).ok();
    new Shell().run("admin", "renew", "--dir", np.toString()).ok();
    new Shell().run("device", "list", "--dir", np.toString()).ok();
  }

  @Test
  @Order(7)
  @Tag("threat-R15")
  void theFirstAdministratorIsPutAwayAndTheLastSecurityOfficerStays() {
    as("alice", "admin", "retire", "first", "--reason", "cessationOfOperation").ok();

    var refused = new Shell().run("device", "list", "--dir", np.toString());
    assertThat(refused.exit()).isEqualTo(DENIED);
    assertThat(refused.err()).contains("admin:first is retired");
    var last = as("alice", "admin", "retire", "alice", "--reason", "cessationOfOperation");
    assertThat(last.exit()).isEqualTo(CONFLICT);
    assertThat(last.err()).contains("is the last security officer who can act");
    assertThat(as("alice", "admin", "add", "first", "--role", "viewer").exit()).isEqualTo(CONFLICT);
  }

  @Test
  @Order(8)
  void whenNobodyCanGetInTheGlassIsBrokenWithAndWithoutTheServer() throws Exception {
    for (var how : java.util.List.of("as process", "does not run")) {
      var broken =
          new Shell()
              .run("admin", "break-glass", "--dir", np.toString(), "--reason", "ticket 4711")
              .ok();
      assertThat(broken.err()).contains(how, "everybody is told");
      var context = Path.of(broken.out().strip());
      assertThat(permissions(context)).isEqualTo("rw-------");
      if (how.equals("as process")) {
        var whoami = new Shell().run("admin", "whoami", "--context", context.toString()).ok();
        assertThat(whoami.out()).contains("admin:break-glass-", "security-officer", "ca-admin");
        assertThat(as("alice", "admin", "list").ok().out()).contains("break-glass-");
        stop();
        server = null;
      } else {
        server = Nameplate.start(np);
        // another port than the context says: asked for with 0
        var there = java.util.Objects.requireNonNull(server).adminUrl().toString();
        var text = Files.readString(context).replaceFirst("admin_url: .*", "admin_url: " + there);
        Files.writeString(context, text);
        var whoami = new Shell().run("admin", "whoami", "--context", context.toString()).ok();
        assertThat(whoami.out()).contains("admin:break-glass-");
      }
    }
    assertThat(
            new Shell().run("admin", "break-glass", "--dir", np.toString(), "--reason", " ").exit())
        .isEqualTo(2);
  }

  private static void enrolled(String name, String... grants) throws Exception {
    var secret = folder.resolve(name + ".secret");
    var add = new java.util.ArrayList<>(java.util.List.of("admin", "add", name));
    add.addAll(java.util.List.of(grants));
    add.addAll(java.util.List.of("--secret-file", secret.toString(), "--dir", np.toString()));
    new Shell().run(add.toArray(String[]::new)).ok();
    var running = java.util.Objects.requireNonNull(server);
    new Shell()
        .run(
            "admin",
            "enroll",
            name,
            "--secret-file",
            secret.toString(),
            "--trust",
            np.resolve("trust.pem").toString(),
            "--url",
            running.estUrl().toString(),
            "--admin-url",
            running.adminUrl().toString(),
            "--out",
            folder.resolve(name).toString())
        .ok();
  }

  private static Shell.Result as(String name, String... command) {
    return new Shell()
        .with("NAMEPLATE_CONTEXT", folder.resolve(name).resolve("context.yaml").toString())
        .run(command);
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
