package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate hsm …`.
@Command(
    name = "hsm",
    synopsisSubcommandLabel = "COMMAND",
    description =
        "The tokens with the signing keys. These commands work on the server's own machine, whether"
            + " it runs or not; a wrong PIN is tried once and never again.")
final class HsmGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
