package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate issuer …`.
@Command(
    name = "issuer",
    synopsisSubcommandLabel = "COMMAND",
    description = "The certificate authorities.")
final class IssuerGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
