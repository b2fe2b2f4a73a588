package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.util.LinkedHashMap;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "add",
    description = {
      "Register a station, and make a one-time secret for its own enrollment.",
      "",
      "With its certificate a station enrolls devices: those that the labels know, or find by"
          + " themselves if their profiles say `register: automatically`. The profile of a label must"
          + " have `station` among its enrollment.credentials.",
      "",
      "Examples:",
      "  nameplate station add line-1 --for made --secret-file s",
      "  nameplate est enroll line-1 --label station --secret-file s --out line-1/",
      "  nameplate est enroll pump-0017 --label made --cert line-1/cert.pem --key line-1/key.pem \\",
      "      --out pump/"
    })
final class StationAddCommand implements Runnable {

  @Parameters(
      paramLabel = "STATION",
      description = "Its name: letters, digits, dots, dashes and underscores; 64 at most.")
  DeviceId station = new DeviceId("none");

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      defaultValue = "station",
      description = "The EST label of its own certificates. Default: ${DEFAULT-VALUE}.")
  String label = "station";

  @Option(
      names = "--for",
      paramLabel = "LABEL",
      split = ",",
      description =
          "The labels for which it enrolls devices, and no others. Without it: all that let"
              + " stations in now.")
  List<String> labels = List.of();

  @Mixin SecretOptions secret = new SecretOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  StationAddCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var registered =
        secret.deliver(
            () ->
                client.post(
                    AdminApi.RegisteredStation.class,
                    new AdminApi.RegisterStation(
                        station.value(), label, labels, secret.uses, secret.lifetime),
                    "stations"),
            AdminApi.RegisteredStation::secret);
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("station", registered.station());
      answer.put("secret", secret.json(registered.secret()));
      console.printJson(answer);
      return;
    }
    console.say(
        "Registered the station "
            + station
            + ", which enrolls devices for "
            + String.join(", ", registered.station().labels())
            + ".");
    secret.print(console, station + " --label " + label, station, registered.secret());
  }
}
