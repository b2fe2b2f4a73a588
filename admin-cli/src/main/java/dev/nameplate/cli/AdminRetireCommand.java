package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdministratorApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "retire",
    description = {
      "Retire an administrator for good: their roles are taken and their certificates revoked.",
      "",
      "Example:",
      "  nameplate admin retire bob --reason affiliationChanged"
    })
final class AdminRetireCommand implements Runnable {

  @Parameters(paramLabel = "NAME", description = "Their name.")
  DeviceId admin = new DeviceId("none");

  @Mixin RetireReason reason = new RetireReason();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminRetireCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var retired =
        client.post(
            AdministratorApi.Retired.class,
            reason.body(),
            "administrators",
            admin.value(),
            "retire");
    if (json) {
      console.printJson(retired);
      return;
    }
    console.say(
        retired.already()
            ? admin + " was retired before, at " + retired.administrator().retiredAt() + "."
            : "Retired the administrator %s. Certificates revoked: %d; secrets burned: %d."
                .formatted(admin, retired.revoked().size(), retired.burned()));
  }
}
