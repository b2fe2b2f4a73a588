package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdministratorApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "revoke-role",
    description = {
      "Take roles from an administrator, from their next request on, also over a connection that"
          + " they have already.",
      "",
      "The last security officer who can act keeps that role: exit code 5.",
      "",
      "Example:",
      "  nameplate admin revoke-role bob --role revoker --site berlin"
    })
final class AdminRevokeRoleCommand implements Runnable {

  @Parameters(paramLabel = "NAME", description = "Their name.")
  DeviceId admin = new DeviceId("none");

  @Mixin GrantOptions grants = new GrantOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminRevokeRoleCommand(Console console) {
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
              "grants",
              "revoke");
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
