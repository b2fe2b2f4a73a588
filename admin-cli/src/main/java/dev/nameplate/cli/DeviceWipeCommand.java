package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.DecommissionApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "wipe",
    description = {
      "Say how the data on a retired device was destroyed, or why nobody has to show it. With that,"
          + " and once everybody can see that it was retired, there is a receipt.",
      "",
      "Examples:",
      "  nameplate device wipe pump-0017 --wipe-method purge --wipe-tool \"nvme format\""
          + " --verified-by \"J. Doe\"",
      "  nameplate device wipe pump-0017 --waive-wipe \"lost at sea\""
    })
final class DeviceWipeCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Mixin WipeOptions wipe = new WipeOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceWipeCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var evidence =
        wipe.said()
            .orElseThrow(() ->
                CommandFailure.of(
                    ExitCode.USAGE, "one of --wipe-method and --waive-wipe is needed"));
    var client = new AdminClient(context.required(console));
    var state =
        client.post(
            DecommissionApi.Retirement.class,
            evidence,
            "devices",
            device.value(),
            "retirement",
            "wipe");
    console.say(
        state.receipt() == null
            ? "Recorded. Not finished yet: " + state.missing() + "."
            : "Recorded. Finished: receipt " + state.receipt() + ".");
    if (json) {
      console.printJson(state);
    } else {
      console.print(Receipts.retirement(state));
    }
  }
}
