package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdministratorApi;
import java.util.LinkedHashMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "add",
    description = {
      "Register an administrator with roles, and make a one-time secret: their key is made on their"
          + " own machine.",
      "",
      "Roles may be limited to groups, lots, sites or authorities. Nobody is security-officer and"
          + " device-admin, revoker or ca-admin, except the first administrator.",
      "",
      "Examples:",
      "  nameplate admin add bob --role device-admin --role viewer --secret-file s",
      "  nameplate admin add line-7 --role line-operator --lot 2026-31 --secret-file s"
    })
final class AdminAddCommand implements Runnable {

  @Parameters(paramLabel = "NAME", description = "Their name.")
  DeviceId admin = new DeviceId("none");

  @Mixin GrantOptions grants = new GrantOptions();
  @Mixin AdminSecretOptions secret = new AdminSecretOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminAddCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var server = context.required(console);
    var client = new AdminClient(server);
    var wanted =
        new AdministratorApi.RegisterAdministrator(
            admin.value(), grants.grants(), secret.lifetime);
    var registered =
        secret.deliver(
            () ->
                client.post(
                    AdministratorApi.RegisteredAdministrator.class, wanted, "administrators"),
            AdministratorApi.RegisteredAdministrator::secret);
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("administrator", registered.administrator());
      answer.put("secret", secret.json(registered.secret()));
      console.printJson(answer);
      return;
    }
    console.say(
        "Registered the administrator "
            + admin
            + ": "
            + AdminListing.words(registered.administrator().grants())
            + ".");
    secret.print(console, admin, server, registered.secret());
  }
}
