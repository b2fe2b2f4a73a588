package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "retire",
    description = {
      "Retire a station for good: it enrolls nobody from the next request on, and what it was asking"
          + " for is not issued. The devices that it enrolled before keep their certificates.",
      "",
      "Example:",
      "  nameplate station retire line-1 --reason keyCompromise"
    })
final class StationRetireCommand implements Runnable {

  @Parameters(paramLabel = "STATION", description = "Its name.")
  DeviceId station = new DeviceId("none");

  @Mixin RetireReason reason = new RetireReason();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  StationRetireCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var retired =
        client.post(
            AdminApi.RetiredStation.class, reason.body(), "stations", station.value(), "retire");
    if (json) {
      console.printJson(retired);
      return;
    }
    console.say(
        retired.already()
            ? station + " was retired before, at " + retired.station().retiredAt() + "."
            : "Retired the station %s. Certificates revoked: %d; secrets burned: %d."
                .formatted(station, retired.revoked().size(), retired.burned()));
  }
}
