package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate station …`.
@Command(
    name = "station",
    synopsisSubcommandLabel = "COMMAND",
    description = "Stations: registration authorities that enroll devices, in a factory.")
final class StationGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
