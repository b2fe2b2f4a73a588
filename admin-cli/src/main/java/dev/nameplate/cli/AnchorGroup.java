package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate anchor …`.
@Command(
    name = "anchor",
    synopsisSubcommandLabel = "COMMAND",
    description = "Trust anchors: the manufacturers whose devices may enroll, for each EST label.")
final class AnchorGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
