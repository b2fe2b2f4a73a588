package dev.nameplate.cli;

import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;

/// The `nameplate` command.
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    var environment = System.getenv();
    var colour =
        Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false)
            && environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    System.exit(
        run(args, new Console(System.out, System.err, environment, colour, Keyboard::answer)));
  }

  /// Runs one command and returns its exit code. Prints data on `out`, messages on `err`, and never
  /// a stack trace.
  public static int run(
      String[] args, PrintStream out, PrintStream err, Map<String, String> environment) {
    return run(args, new Console(out, err, environment, false));
  }

  private static int run(String[] args, Console console) {
    return NameplateCommand.commandLine(console).execute(args);
  }
}
