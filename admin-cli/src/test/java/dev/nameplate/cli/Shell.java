package dev.nameplate.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// Runs the command inside the test's process, as a shell would: arguments and variables in, exit
/// code and both streams out.
final class Shell {

  /// How a command ended and what it printed.
  record Result(int exit, String out, String err) {

    /// The same, if it ended well.
    Result ok() {
      if (exit != 0) {
        throw new AssertionError("exit code " + exit + "; stderr:\n" + err + "\nstdout:\n" + out);
      }
      return this;
    }
  }

  private final Map<String, String> environment = new HashMap<>();

  Shell with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  Result run(String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int exit =
        Main.run(
            arguments,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            environment);
    return new Result(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
