package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate report …`.
@Command(
    name = "report",
    synopsisSubcommandLabel = "COMMAND",
    description = "Reports about the whole fleet.")
final class ReportGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
