package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdministratorApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "grant",
    description = {
      "Give an administrator more roles, from their next request on.",
      "",
      "Nobody gives themselves roles, or goes beyond their own scope; nobody is security-officer and"
          + " device-admin, revoker or ca-admin: such a grant ends with exit code 5.",
      "",
      "Example:",
      "  nameplate admin grant bob --role revoker --site berlin"
    })
final class AdminGrantCommand implements Runnable {

  @Parameters(paramLabel = "NAME", description = "Their name.")
  DeviceId admin = new DeviceId("none");

  @Mixin GrantOptions grants = new GrantOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminGrantCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var wanted = grants.grants();
    for (var grant : wanted) {
      var changed =
          client.post(
              AdministratorApi.Changed.class,
              grant,
              "administrators",
              admin.value(),
              "grants");
      if (json) {
        console.printJson(changed);
      } else {
        console.say(
            (changed.already() ? "Nothing changed: " : "")
                + admin
                + " is "
                + AdminListing.words(changed.administrator().grants())
                + ".");
      }
    }
  }
}
