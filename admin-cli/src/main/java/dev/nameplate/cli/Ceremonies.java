package dev.nameplate.cli;

import dev.nameplate.server.ceremony.CeremonyException;
import dev.nameplate.server.ceremony.SignedTranscript;

/// What the commands of a ceremony have in common.
final class Ceremonies {

  /// A step of a ceremony.
  @FunctionalInterface
  interface Step<T> {
    T take() throws CeremonyException;
  }

  private Ceremonies() {}

  /// @throws CommandFailure if it could not be done, or was asked for in a wrong way
  static <T> T run(Step<T> step) {
    try {
      return step.take();
    } catch (CeremonyException failed) {
      throw CommandFailure.error(String.valueOf(failed.getMessage())).because(failed);
    } catch (IllegalArgumentException wrong) {
      throw CommandFailure.of(ExitCode.USAGE, String.valueOf(wrong.getMessage())).because(wrong);
    }
  }

  static Table transcript(Table table, SignedTranscript transcript) {
    return table
        .row("transcript", transcript.file())
        .row("  SHA-256", transcript.sha256())
        .row("  signature", transcript.file() + ".sig");
  }
}
