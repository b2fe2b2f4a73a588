package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.LifecycleApi;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "purge",
    description = {
      "Erase what is personal about a retired device, once devices.retention has passed and its last"
          + " certificate has expired. Tombstones, receipts and the audit log stay, and so does its name.",
      "",
      "Example:",
      "  nameplate device purge pump-0017 --yes --confirm pump-0017"
    })
final class DevicePurgeCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Mixin Confirmation confirmation = new Confirmation();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DevicePurgeCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    confirmation.require(console, "purge " + device, device.value());
    var client = new AdminClient(context.required(console));
    var moved = client.post(LifecycleApi.Moved.class, Map.of(), "devices", device.value(), "purge");
    console.say("Purged " + device + ".");
    if (json) {
      console.printJson(moved.device());
    } else {
      console.print(Listing.device(moved.device()));
    }
  }
}
