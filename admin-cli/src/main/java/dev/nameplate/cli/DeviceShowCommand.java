package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    description = {
      "Show a device and all its certificates.",
      "",
      "Example:",
      "  nameplate device show pump-0017"
    })
final class DeviceShowCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var detail = client.get(AdminApi.DeviceDetail.class, "devices", device.value());
    if (json) {
      console.printJson(detail);
      return;
    }
    console.print(Listing.device(detail.device()));
    var suspension = detail.suspension();
    if (suspension != null) {
      var until = suspension.until() == null ? "" : ", until " + suspension.until();
      console.print(
          Table.pairs()
              .row("suspended", suspension.since() + until)
              .row("reason", suspension.reason())
              .row("by", suspension.by()));
    }
    var epochs = detail.epochs();
    if (epochs != null && epochs.size() > 1) {
      console.print("");
      console.print(Listing.epochs(epochs));
    }
    if (!detail.certificates().isEmpty()) {
      console.print("");
      console.print(Listing.certificates(detail.certificates()));
    }
  }
}
