package dev.nameplate.cli;

import dev.nameplate.server.Nameplate;
import dev.nameplate.server.ceremony.CeremonyException;
import dev.nameplate.server.ceremony.OfflineRoot;
import dev.nameplate.server.ceremony.SignedTranscript;
import java.nio.file.Path;
import java.time.InstantSource;

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

  /// The offline root in a folder, with those who open it.
  static OfflineRoot offlineRoot(
      Path dir, CeremonyPeopleOptions people, CeremonyPinOptions pin, Console console) {
    return new OfflineRoot(
        dir, people.people(), pin::ask, InstantSource.system(), Nameplate.random(), console::say);
  }
}
