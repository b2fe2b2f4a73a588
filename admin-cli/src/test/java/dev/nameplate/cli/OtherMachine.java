package dev.nameplate.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs the command in a process of its own, without a terminal: as on another machine, with
/// another token than this process has open.
final class OtherMachine {

  private final Map<String, String> environment = new HashMap<>();

  OtherMachine with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  Shell.Result run(String... arguments) throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    var out = Files.createTempFile("machine", ".out");
    var err = Files.createTempFile("machine", ".err");
    try {
      var builder =
          new ProcessBuilder(command)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().putAll(environment);
      var process = builder.start();
      try {
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
          throw new AssertionError(command + " does not end");
        }
        return new Shell.Result(process.exitValue(), Files.readString(out), Files.readString(err));
      } finally {
        process.destroyForcibly();
      }
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
