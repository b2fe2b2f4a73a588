package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "lost",
    description = {
      "A device was lost or stolen: retire it, and revoke its certificates as keyCompromise. Its name and"
          + " its keys are refused from now on; `nameplate device suspend` is for one that may come back.",
      "",
      "Example:",
      "  nameplate device lost pump-0017"
    })
final class DeviceLostCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceLostCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var retired =
        client.post(
            AdminApi.Retired.class,
            new AdminApi.Retire(RevocationReason.KEY_COMPROMISE.rfcName()),
            "devices",
            device.value(),
            "retire");
    console.say(
        retired.already()
            ? device + " was retired before; its certificates stay revoked as they are."
            : "Retired %s as lost. Certificates revoked: %d."
                .formatted(device, retired.revoked().size()));
    if (json) {
      console.printJson(retired);
    } else {
      console.print(Listing.certificates(retired.revoked()));
    }
  }
}
