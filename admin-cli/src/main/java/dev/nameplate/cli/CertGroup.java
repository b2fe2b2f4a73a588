package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate cert …`.
@Command(
    name = "cert",
    synopsisSubcommandLabel = "COMMAND",
    description = "Certificates: look at and revoke.")
final class CertGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
