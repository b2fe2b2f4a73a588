package dev.nameplate.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `-o`, for commands that print data.
final class OutputOptions {

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table or json. Without it: $NAMEPLATE_OUTPUT, else table.")
  @Nullable OutputFormat format;

  /// @throws CommandFailure if the environment names a format that does not exist
  boolean json(Console console) {
    return format(console) == OutputFormat.JSON;
  }

  private OutputFormat format(Console console) {
    if (format != null) {
      return format;
    }
    var wanted = console.variable("NAMEPLATE_OUTPUT");
    try {
      return wanted.map(OutputFormat::of).orElse(OutputFormat.TABLE);
    } catch (IllegalArgumentException unknown) {
      throw CommandFailure.of(ExitCode.USAGE, "NAMEPLATE_OUTPUT: " + unknown.getMessage());
    }
  }
}
