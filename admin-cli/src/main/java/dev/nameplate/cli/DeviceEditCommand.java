package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "edit",
    description = {
      "Change what is known of a device. An empty value forgets what was there.",
      "",
      "Examples:",
      "  nameplate device edit pump-0017 --model GW2 --site Graz",
      "  nameplate device edit pump-0017 --owner ''"
    })
final class DeviceEditCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Mixin AttributeOptions attributes = new AttributeOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceEditCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var edited = client.patch(AdminApi.Device.class, attributes.edit(), "devices", device.value());
    console.say("What is known of " + device + ":");
    if (json) {
      console.printJson(edited);
    } else {
      console.print(Listing.device(edited));
    }
  }
}
