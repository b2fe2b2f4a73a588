package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `bin/nameplate`, run by the machine's sh with Javas that only print what they were called with.
class LauncherTest {

  private record Result(int exit, String output) {}

  @TempDir Path temporary;

  private Path home = Path.of("");

  @BeforeEach
  void aDistribution() throws IOException {
    home = Files.createDirectories(temporary.resolve("opt with space/nameplate"));
    Files.createDirectory(home.resolve("bin"));
    Files.createDirectory(home.resolve("lib"));
    Files.copy(Path.of("src/main/launcher/nameplate"), home.resolve("bin/nameplate"));
    Files.setPosixFilePermissions(
        home.resolve("bin/nameplate"), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void clientCommandsStartFast() throws Exception {
    var result = run(Map.of("JAVA_HOME", java("25.0.3")), "device", "list", "--state", "a b");

    assertThat(result.exit()).isZero();
    assertThat(result.output().lines())
        .contains(
            "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        .contains("-Dorg.bouncycastle.rsa.max_size=4096", "-Dorg.bouncycastle.ec.disable_f2m=true")
        .containsSequence(
            "-jar",
            home.resolve("lib/nameplate.jar").toString(),
            "device",
            "list",
            "--state",
            "a b");
  }

  @Test
  void aFileOfLoadedClassesIsUsedWhereItIs() throws Exception {
    var without = run(Map.of("JAVA_HOME", java("25.0.3")), "version");
    var cache = Files.createFile(home.resolve("lib/nameplate.aot"));
    var with = run(Map.of("JAVA_HOME", java("25.0.3")), "version");
    var off = run(Map.of("JAVA_HOME", java("25.0.3"), "NAMEPLATE_CACHE", "off"), "version");
    var server = run(Map.of("JAVA_HOME", java("25.0.3")), "serve");

    assertThat(with.output().lines()).contains("-XX:AOTCache=" + cache, "-Xlog:disable");
    assertThat(without.output() + off.output() + server.output()).doesNotContain("AOTCache");
  }

  @Test
  void aServerDiesRatherThanLimpOnWithoutMemory() throws Exception {
    var result = run(Map.of("JAVA_HOME", java("25")), "serve", "--dir", "np");

    assertThat(result.output().lines())
        .contains("-XX:+ExitOnOutOfMemoryError", "-Dnameplate.log=INFO")
        .doesNotContain("-XX:TieredStopAtLevel=1");
  }

  @Test
  void itIsFoundThroughLinks() throws Exception {
    var first = Files.createSymbolicLink(temporary.resolve("first"), home.resolve("bin/nameplate"));
    Files.createDirectory(temporary.resolve("local"));
    var second =
        Files.createSymbolicLink(
            temporary.resolve("local/np"), Path.of("../" + first.getFileName()));
    var result = run(second, Map.of("JAVA_HOME", java("25.0.3")), "version");

    assertThat(result.output()).contains(home.toRealPath().resolve("lib/nameplate.jar").toString());
  }

  @Test
  void nameplateJavaHomeIsAnOrder() throws Exception {
    var result =
        run(Map.of("NAMEPLATE_JAVA_HOME", java("17.0.15"), "JAVA_HOME", java("25.0.3")), "version");

    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.output()).contains("NAMEPLATE_JAVA_HOME=", "is Java 17");
  }

  @Test
  void nameplateJavaHomeComesBeforeJavaHome() throws Exception {
    var wanted = java("26");
    var result = run(Map.of("NAMEPLATE_JAVA_HOME", wanted, "JAVA_HOME", java("25.0.3")), "version");

    assertThat(result.output().lines().findFirst()).contains(wanted);
  }

  @Test
  void anOldJavaHomeIsPassedOver() throws Exception {
    var old = java("17.0.15");
    var result = run(Map.of("JAVA_HOME", old), "version");

    assertThat(result.output().lines().findFirst()).isNotEqualTo(Optional.of(old));
  }

  /// A JAVA_HOME whose java prints where it is, and its arguments, one a line.
  private String java(String version) throws IOException {
    var folder = Files.createDirectories(temporary.resolve("java-" + version));
    var program = Files.createDirectories(folder.resolve("bin")).resolve("java");
    Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    Files.writeString(program, "#!/bin/sh\necho \"" + folder + "\"\nprintf '%s\\n' \"$@\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder.toString();
  }

  private Result run(Map<String, String> environment, String... arguments) throws Exception {
    return run(home.resolve("bin/nameplate"), environment, arguments);
  }

  private Result run(Path launcher, Map<String, String> environment, String... arguments)
      throws Exception {
    var command = new ArrayList<String>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).directory(temporary.toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_HOME", "NAMEPLATE_JAVA_HOME"));
    builder.environment().putAll(environment);
    var process = builder.start();
    try (var output = process.getInputStream()) {
      var text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      return new Result(process.exitValue(), text);
    }
  }
}
