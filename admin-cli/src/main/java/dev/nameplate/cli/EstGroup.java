package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate est …`.
@Command(
    name = "est",
    synopsisSubcommandLabel = "COMMAND",
    description = "An EST client (RFC 7030) for devices that are people or scripts.")
final class EstGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
