package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.LifecycleApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "resume",
    description = {
      "Let a suspended device go on: the certificates that the suspension put on hold are good again.",
      "",
      "Example:",
      "  nameplate device resume pump-0017 --why 'found in the other hall'"
    })
final class DeviceResumeCommand implements Runnable {

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

  DeviceResumeCommand(Console console) {
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
            "resume");
    console.say(
        "Resumed " + device + ". Certificates released: " + moved.certificates().size() + ".");
    if (json) {
      console.printJson(moved);
    } else {
      console.print(Listing.certificates(moved.certificates()));
    }
  }
}
