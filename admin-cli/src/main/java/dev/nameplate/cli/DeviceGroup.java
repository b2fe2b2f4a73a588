package dev.nameplate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `nameplate device …`.
@Command(
    name = "device",
    synopsisSubcommandLabel = "COMMAND",
    description = "Devices: register, look at, retire.")
final class DeviceGroup {

  @Mixin CommonOptions common = new CommonOptions();
}
