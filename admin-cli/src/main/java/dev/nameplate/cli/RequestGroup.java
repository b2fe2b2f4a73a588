package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate request …`.
@Command(
    name = "request",
    synopsisSubcommandLabel = "COMMAND",
    description = "Requests that wait for an operator: look at, approve, deny.")
final class RequestGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
