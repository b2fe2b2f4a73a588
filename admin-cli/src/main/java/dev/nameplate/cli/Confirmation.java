package dev.nameplate.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `--yes` and `--confirm`, for commands that destroy more than what their line names. Somebody at
/// a terminal is asked; a script says both, so that it touches as many as its author saw, or
/// nothing.
final class Confirmation {

  @Option(
      names = "--yes",
      description = "Do it without asking. Without it, and without a terminal, nothing is done.")
  boolean yes;

  @Option(
      names = "--confirm",
      paramLabel = "N|ID",
      description = "How many it may be, or which: if it is not so, nothing is done.")
  @Nullable String confirm;

  /// For many: one of them needs no number.
  ///
  /// @param what is about to happen to how many: `retire 412 devices`
  /// @param count what `--confirm` has to say
  /// @throws CommandFailure if nobody confirmed it; nothing may be done then
  void require(Console console, String what, long count) {
    require(console, what, Long.toString(count), count > 1);
  }

  /// For one that is worth naming twice.
  ///
  /// @param what is about to happen to it: `purge pump-0017`
  /// @param id what `--confirm` has to say
  /// @throws CommandFailure if nobody confirmed it; nothing may be done then
  void require(Console console, String what, String id) {
    require(console, what, id, true);
  }

  /// Whether the command line says that somebody means it.
  boolean isGiven() {
    return yes || confirm != null;
  }

  /// Whether it may be these many, as far as the command line says.
  boolean isMeant(long count) {
    return confirm == null || confirm.equals(Long.toString(count));
  }

  private void require(Console console, String what, String expected, boolean always) {
    var said = Optional.ofNullable(confirm);
    if (said.isPresent() && !said.orElseThrow().equals(expected)) {
      throw CommandFailure.of(
              ExitCode.USAGE,
              "--confirm says %s, and this would %s: nothing was done"
                  .formatted(said.orElseThrow(), what))
          .next("Look at it with --dry-run where there is one; then --confirm " + expected + ".");
    }
    if (yes && (said.isPresent() || !always)) {
      return;
    }
    var missing = missing(expected, said.isPresent() || !always);
    if (yes) {
      throw unconfirmed(what, missing);
    }
    var typed =
        console
            .ask("This will %s. Type %s to go on: ".formatted(what, expected))
            .orElseThrow(() -> unconfirmed(what, missing));
    if (!typed.strip().equals(expected)) {
      throw CommandFailure.of(
          ExitCode.USAGE, "that was not " + expected + ": not confirmed, and nothing was done");
    }
  }

  private String missing(String expected, boolean confirmed) {
    return (yes ? "" : "--yes ") + (confirmed ? "" : "--confirm " + expected);
  }

  private static CommandFailure unconfirmed(String what, String missing) {
    return CommandFailure.of(
            ExitCode.USAGE, "this would " + what + ", and nobody confirmed it: nothing was done")
        .next("If it is meant, add " + missing.strip() + ".");
  }
}
