package dev.nameplate.hsm;

import static dev.nameplate.hsm.TestTokens.CLOCK;
import static dev.nameplate.hsm.TestTokens.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A token that really locks its PIN, after five wrong ones: openCryptoki's soft token. It, its
/// daemon and its data live in namespaces of their own, which only root can make; we see it through
/// p11-kit.
class OpenCryptokiTest {

  private static final String PIN = "1234567";
  private static final String WRONG_PIN = "7654321";

  /// The data of the machine's own tokens is not touched: this sees a copy of the empty folders.
  private static final String NAMESPACE =
      """
      set -e
      mount --make-rprivate /
      mount -t tmpfs none /run
      mkdir -p "$DATA/lib/swtok/TOK_OBJ" /run/lock/opencryptoki/swtok
      mount --bind "$DATA/lib" /var/lib/opencryptoki
      chgrp -R pkcs11 /var/lib/opencryptoki /run/lock/opencryptoki
      chmod -R 770 /var/lib/opencryptoki /run/lock/opencryptoki
      printf 'version opencryptoki-3.1\\nslot 3\\n{\\nstdll = libpkcs11_sw.so\\n}\\n' > "$DATA/conf"
      mount --bind "$DATA/conf" /etc/opencryptoki/opencryptoki.conf
      pkcsslotd
      token() { pkcs11-tool --module "$MODULE" "$@"; }
      token --slot-index 0 --init-token --label ock --so-pin 87654321
      token --token-label ock --login --login-type so --so-pin 87654321 --init-pin --pin "$PIN"
      exec "$@"
      """;

  private P11KitServer server;
  private HsmSettings token;

  @BeforeEach
  void makeAToken() throws Exception {
    assumeTrue(
        System.getProperty("user.name", "").equals("root"),
        "openCryptoki's daemon needs root: its PIN lock is not tried");
    assertThat(Path.of("/usr/sbin/pkcsslotd"))
        .as("pkcsslotd is needed: apt-get install opencryptoki")
        .exists();
    var folder = TestTokens.newFolder();
    var pin = folder.resolve("ock.pin");
    Files.createFile(
        pin, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(pin, PIN);
    var environment =
        Map.of(
            "DATA", folder.resolve("data").toString(), "MODULE", module().toString(), "PIN", PIN);
    var behind =
        new HsmSettings(
            module(), "ock", new PinSource.File(pin), 1, 64, Duration.ofSeconds(20), environment);
    var script = Files.writeString(folder.resolve("namespace.sh"), NAMESPACE);
    server =
        P11KitServer.start(
            behind,
            List.of(
                "unshare",
                "--mount",
                "--pid",
                "--ipc",
                "--fork",
                "--kill-child",
                "sh",
                script.toString()));
    token = server.client();
  }

  @AfterEach
  void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void afterOneWrongPinTheTokenIsLeftAloneHoweverOftenWeStart() throws Exception {
    open().close();
    Files.writeString(TestTokens.pinFile(token), WRONG_PIN);
    assertThatThrownBy(this::open)
        .hasMessageStartingWith("token ock: C_Login: CKR_PIN_INCORRECT: no other try is made");

    for (int start = 0; start < 10; start++) {
      assertThatThrownBy(this::openedAnew)
          .isInstanceOf(HsmException.class)
          .hasMessageContaining("no login is tried while CKF_USER_PIN_COUNT_LOW is set");
    }

    Files.writeString(TestTokens.pinFile(token), PIN);
    Tool.pkcs11(token, "--list-objects"); // as the message says; a locked token would refuse
    openedAnew().close();
  }

  @Test
  void aTokenThatIsLockedIsNotAskedAndTheMessageNamesTheWayOut() throws Exception {
    Files.writeString(TestTokens.pinFile(token), WRONG_PIN);
    for (int wrong = 0; wrong < 6; wrong++) {
      assertThatThrownBy(() -> Tool.pkcs11(token, "--list-objects"))
          .isInstanceOf(AssertionError.class);
    }
    Files.writeString(TestTokens.pinFile(token), PIN);

    assertThatThrownBy(this::openedAnew)
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("no login is tried while CKF_USER_PIN_LOCKED is set")
        .hasMessageContaining("--login-type so --init-pin");
  }

  private TokenKeyVault open() {
    return TokenKeyVault.open(token, RANDOM, CLOCK);
  }

  /// As after a restart: nothing is remembered but what the token remembers.
  private TokenKeyVault openedAnew() {
    var _ = Pkcs11Module.at(token.module(), token.environment()); // which the library reads once
    var module = new Pkcs11Module("openCryptoki", NativePkcs11.load(token.module()));
    return TokenKeyVault.open(module, token, RANDOM, CLOCK, HsmListener.NONE);
  }

  private static Path module() throws IOException {
    try (var found = Files.newDirectoryStream(Path.of("/usr/lib"), "*-linux-gnu")) {
      for (var architecture : found) {
        var library = architecture.resolve("opencryptoki/libopencryptoki.so.0");
        if (Files.exists(library)) {
          return library;
        }
      }
    }
    throw new AssertionError("libopencryptoki.so.0 is needed: apt-get install libopencryptoki0");
  }
}
