package dev.nameplate.cli;

import dev.nameplate.server.Nameplate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "grants",
    description = {
      "Print the SQL that lets a PostgreSQL user read what a status node reads, and nothing else:"
          + " the status of each certificate, and not whose it is; no device, no secret, no audit"
          + " log. Nothing is asked of a server.",
      "",
      "Example:",
      "  nameplate database grants --user nameplate_status | psql nameplate"
    })
final class DatabaseGrantsCommand implements Runnable {

  @Option(
      names = "--user",
      paramLabel = "USER",
      required = true,
      description = "The user, which must be there: CREATE ROLE nameplate_status LOGIN.")
  String user = "";

  @Option(
      names = "--schema",
      paramLabel = "SCHEMA",
      defaultValue = "public",
      description = "Where Nameplate's tables are. Default: ${DEFAULT-VALUE}.")
  String schema = "public";

  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DatabaseGrantsCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    try {
      // a line each: within one, a line break would be shown and not made
      Nameplate.databaseGrants(user, schema).lines().forEach(console::print);
    } catch (IllegalArgumentException wrong) {
      throw CommandFailure.of(ExitCode.USAGE, String.valueOf(wrong.getMessage())).because(wrong);
    }
  }
}
