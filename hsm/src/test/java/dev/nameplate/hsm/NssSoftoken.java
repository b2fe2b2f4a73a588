package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// NSS softokn, a library that has nothing in common with SoftHSM: new databases for tests, each in
/// a folder of its own below `target/tokens`.
final class NssSoftoken {

  static final String LABEL = "NSS Certificate DB";

  private static final dev.nameplate.ca.testing.Tool CERTUTIL =
      new dev.nameplate.ca.testing.Tool("certutil", "libnss3-tools");
  private static final String PIN = "nss-test-pin";

  private NssSoftoken() {}

  /// A new, empty token, with the template that fits it.
  static HsmSettings newToken() throws IOException {
    var folder =
        Files.createTempDirectory(Files.createDirectories(Path.of("target/tokens")), "nss")
            .toAbsolutePath();
    var pin =
        Files.createFile(
            folder.resolve("pin"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(pin, PIN);
    var database = "sql:" + folder;
    CERTUTIL.run(folder, "-N", "-d", database, "-f", pin.toString()).ok();
    return new HsmSettings(
            library(), LABEL, new PinSource.File(pin), 4, 1024, Duration.ofMinutes(2), Map.of())
        .withInitialization(
            "configdir='%s' certPrefix='' keyPrefix='' secmod='' flags=".formatted(database))
        .withKeys(KeyRules.USUAL.with(TemplateProfile.named("nss")));
  }

  /// Where the dynamic linker knows it: the folder differs from machine to machine.
  private static Path library() {
    try {
      var process = new ProcessBuilder("/sbin/ldconfig", "-p").start();
      var known = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      List<Path> found =
          known
              .lines()
              .filter(line -> line.strip().startsWith("libsoftokn3.so "))
              .map(line -> Path.of(line.substring(line.indexOf("=> ") + 3)))
              .toList();
      assertThat(found).as("NSS softokn is needed: apt-get install libnss3").isNotEmpty();
      return found.getFirst();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }
}
