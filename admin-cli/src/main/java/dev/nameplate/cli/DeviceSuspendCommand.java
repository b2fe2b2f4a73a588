package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.LifecycleApi;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "suspend",
    description = {
      "Put a device on hold: all its certificates are (certificateHold), and it is let in nowhere"
          + " until `nameplate device resume`, or until the time that --until names.",
      "",
      "Examples:",
      "  nameplate device suspend pump-0017 --why 'seen in two places' --until 2026-12-01T08:00:00Z",
      "  nameplate device suspend pump-0017 --why 'being repaired'"
    })
final class DeviceSuspendCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Option(
      names = "--why",
      required = true,
      paramLabel = "TEXT",
      description = "The reason, for the audit log.")
  String why = "";

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "When it ends by itself: 2026-12-01T08:00:00Z.")
  @Nullable Instant until;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceSuspendCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var moved =
        client.post(
            LifecycleApi.Moved.class,
            new LifecycleApi.Suspend(why, until),
            "devices",
            device.value(),
            "suspend");
    console.say(
        "Suspended %s%s. Certificates on hold: %d."
            .formatted(
                device, until == null ? "" : " until " + until, moved.certificates().size()));
    if (json) {
      console.printJson(moved);
    } else {
      console.print(Listing.certificates(moved.certificates()));
    }
  }
}
