package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A CRL with a million entries, in a Java machine with 256 MB.
@Tag("C16")
class LargeCrlTest {

  @TempDir private Path directory;

  @Test
  void aMillionRevocationsFitInto256MegabytesAlsoWhileTheListBeforeIsKept() throws Exception {
    var output = directory.resolve("output");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                LargeCrl.class.getName(),
                "1000000")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    assertThat(Files.readString(output))
        .contains("CRL 1795435200: 1000000 entries", "CRL 1795438800: 1000000 entries");
  }
}
