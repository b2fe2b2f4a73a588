package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate receipt …`.
@Command(
    name = "receipt",
    synopsisSubcommandLabel = "COMMAND",
    description = "Proofs that devices were taken out of service: list, get, verify.")
final class ReceiptGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
