package dev.nameplate.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `-o` and `--query`, for commands that print data.
final class OutputOptions {

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table, json, yaml, jsonl or name. Without it: $NAMEPLATE_OUTPUT, else table.")
  @Nullable OutputFormat format;

  @Option(
      names = "--query",
      paramLabel = "EXPR",
      description = "Print only what this JMESPath expression finds in the JSON.")
  @Nullable String query;

  /// Whether what is found is for a machine; [Console#printJson] then prints it in the format that
  /// is wanted. To be asked before anything is done.
  ///
  /// @throws CommandFailure if the environment names a format that does not exist, or the query is
  ///   none
  boolean json(Console console) {
    var wanted = format(console);
    var compiled = Optional.ofNullable(query).map(OutputOptions::compile);
    console.use(wanted, compiled);
    return wanted != OutputFormat.TABLE;
  }

  private static Query compile(String text) {
    try {
      return Query.of(text);
    } catch (IllegalArgumentException wrong) {
      throw CommandFailure.of(ExitCode.USAGE, "--query: " + wrong.getMessage())
          .next("For example --query 'items[?state==`active`].id'; see https://jmespath.org.");
    }
  }

  private OutputFormat format(Console console) {
    if (format == OutputFormat.TABLE && query != null) {
      throw CommandFailure.of(ExitCode.USAGE, "--query goes with json, yaml, jsonl or name")
          .next("Leave -o table out: what a query finds is printed as json.");
    }
    var named = Optional.ofNullable(format).or(() -> environment(console));
    return query == null
        ? named.orElse(OutputFormat.TABLE)
        : named.filter(each -> each != OutputFormat.TABLE).orElse(OutputFormat.JSON);
  }

  private static Optional<OutputFormat> environment(Console console) {
    try {
      return console.variable("NAMEPLATE_OUTPUT").map(OutputFormat::of);
    } catch (IllegalArgumentException unknown) {
      throw CommandFailure.of(ExitCode.USAGE, "NAMEPLATE_OUTPUT: " + unknown.getMessage());
    }
  }
}
