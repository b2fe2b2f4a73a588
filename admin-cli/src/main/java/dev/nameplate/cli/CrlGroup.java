package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate crl …`.
@Command(
    name = "crl",
    synopsisSubcommandLabel = "COMMAND",
    description = "The certificate revocation lists.")
final class CrlGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
