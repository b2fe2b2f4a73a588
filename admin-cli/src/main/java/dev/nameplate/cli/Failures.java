package dev.nameplate.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// The one place that turns what went wrong into a few lines on stderr and an exit code.
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {

  private static final int DEEPEST_CAUSE = 10;

  private final Console console;

  Failures(Console console) {
    this.console = console;
  }

  @Override
  public int handleParseException(ParameterException wrong, String[] args) {
    var command = wrong.getCommandLine();
    console.say(
        "nameplate: "
            + (wrong instanceof UnmatchedArgumentException unmatched
                ? "not understood: " + String.join(" ", unmatched.getUnmatched())
                : message(wrong)));
    var known = command.getSubcommands().keySet();
    if (!known.isEmpty()) {
      console.say("  One of: " + String.join(", ", known));
    }
    console.say("  See: " + command.getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE.code();
  }

  @Override
  public int handleExecutionException(Exception wrong, CommandLine command, ParseResult parsed) {
    var verbose = isVerbose(parsed);
    if (wrong instanceof CommandFailure failure) {
      console.say("nameplate: " + failure.says());
      failure.next().ifPresent(advice -> console.say("  " + advice));
      printCauses(failure.getCause(), verbose);
      return failure.exitCode().code();
    }
    console.say("nameplate: this should not have happened: " + describe(wrong));
    console.say(
        verbose
            ? "  Please report it, with what follows."
            : "  Please report it, with what --verbose adds.");
    printCauses(wrong.getCause(), verbose);
    return ExitCode.ERROR.code();
  }

  private void printCauses(@Nullable Throwable outermost, boolean verbose) {
    if (!verbose) {
      return;
    }
    int depth = 0;
    for (var cause = outermost; cause != null && depth < DEEPEST_CAUSE; cause = cause.getCause()) {
      console.say("  because: " + describe(cause));
      depth++;
    }
  }

  private static String describe(Throwable thrown) {
    return thrown.getClass().getSimpleName() + ": " + message(thrown);
  }

  private static String message(Throwable thrown) {
    return Optional.ofNullable(thrown.getMessage()).orElse("no message");
  }

  private static boolean isVerbose(ParseResult parsed) {
    for (var each = parsed; each != null; each = each.subcommand()) {
      if (each.hasMatchedOption("--verbose")) {
        return true;
      }
    }
    return false;
  }
}
