package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate config …`.
@Command(
    name = "config",
    synopsisSubcommandLabel = "COMMAND",
    description = "The server's settings.")
final class ConfigGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
