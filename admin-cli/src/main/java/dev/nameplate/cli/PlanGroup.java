package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate plan …`.
@Command(
    name = "plan",
    synopsisSubcommandLabel = "COMMAND",
    description = "Plans to retire devices: look at, pause, resume, cancel.")
final class PlanGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
