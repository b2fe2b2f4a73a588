package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate database …`.
@Command(
    name = "database",
    synopsisSubcommandLabel = "COMMAND",
    description = "The PostgreSQL database that several nodes share.")
final class DatabaseGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
