package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate approval …`.
@Command(
    name = "approval",
    synopsisSubcommandLabel = "COMMAND",
    description = "What needs a second person: look at, grant, deny.")
final class ApprovalGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
