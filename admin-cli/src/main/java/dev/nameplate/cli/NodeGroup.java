package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate node …`.
@Command(
    name = "node",
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Status nodes: servers that answer for status, with OCSP keys of their own and no CA key.")
final class NodeGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
