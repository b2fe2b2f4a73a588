package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.LifecycleApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "cancel",
    description = {
      "Give up the registration of a device that was never issued a certificate. Its name is not"
          + " given again; its hardware serial is free.",
      "",
      "Example:",
      "  nameplate device cancel pmup-0017 --why 'a typo'"
    })
final class DeviceCancelCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Option(
      names = "--why",
      required = true,
      paramLabel = "TEXT",
      description = "The reason, for the audit log.")
  String why = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceCancelCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var moved =
        client.post(
            LifecycleApi.Moved.class,
            new LifecycleApi.Because(why),
            "devices",
            device.value(),
            "cancel");
    console.say("Cancelled the registration of " + device + ".");
    if (json) {
      console.printJson(moved);
    } else {
      console.print(Listing.certificates(moved.certificates()));
    }
  }
}
