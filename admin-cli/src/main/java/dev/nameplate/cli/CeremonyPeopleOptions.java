package dev.nameplate.cli;

import dev.nameplate.server.ceremony.People;
import java.util.List;
import picocli.CommandLine.Option;

/// Who is there.
final class CeremonyPeopleOptions {

  @Option(
      names = "--custodian",
      paramLabel = "NAME",
      description =
          "Who holds a part of the PIN and is here; once for each, where the root signs at least as"
              + " many as parts are needed. For the transcript.")
  List<String> custodians = List.of();

  @Option(
      names = "--witness",
      paramLabel = "NAME",
      description = "Who watches; once for each. For the transcript.")
  List<String> witnesses = List.of();

  People people() {
    try {
      return new People(custodians, witnesses);
    } catch (IllegalArgumentException wrong) {
      throw CommandFailure.of(ExitCode.USAGE, String.valueOf(wrong.getMessage())).because(wrong);
    }
  }
}
