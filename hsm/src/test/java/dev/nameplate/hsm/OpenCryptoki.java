package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// openCryptoki's soft token. It, its daemon and its data live in namespaces of their own, which
/// only root can make; we see it through p11-kit.
final class OpenCryptoki implements AutoCloseable {

  static final String PIN = "1234567";

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

  private final P11KitServer server;

  private OpenCryptoki(P11KitServer server) {
    this.server = server;
  }

  /// A new, empty token.
  static OpenCryptoki start() throws IOException {
    assertThat(isRoot())
        .as("openCryptoki's daemon needs root: leave tests with the tag root out")
        .isTrue();
    var _ = daemon();
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
    return new OpenCryptoki(
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
                script.toString())));
  }

  static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  static Path daemon() {
    var daemon = Path.of("/usr/sbin/pkcsslotd");
    assertThat(daemon).as("pkcsslotd is needed: apt-get install opencryptoki").exists();
    return daemon;
  }

  /// With the template that fits it.
  HsmSettings token() {
    return server.client().withKeys(KeyRules.USUAL.with(TemplateProfile.named("opencryptoki")));
  }

  @Override
  public void close() throws IOException {
    server.close();
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
