package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "issuing",
    description =
        "An issuing authority under an offline root, in two halves: its key is online, the root's is"
            + " not.")
final class CeremonyIssuingGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
