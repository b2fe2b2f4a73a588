package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdministratorApi;
import dev.nameplate.server.admin.AdminApi;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "secret",
    description = {
      "Make another one-time secret for an administrator: for one whose certificate has ended, or"
          + " whose key is lost. Revoke what is lost: nameplate cert revoke.",
      "",
      "Example:",
      "  nameplate admin secret bob --secret-file s"
    })
final class AdminSecretCommand implements Runnable {

  @Parameters(paramLabel = "NAME", description = "Their name.")
  DeviceId admin = new DeviceId("none");

  @Mixin AdminSecretOptions secret = new AdminSecretOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminSecretCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var server = context.required(console);
    var client = new AdminClient(server);
    var made =
        secret.deliver(
            () ->
                client.post(
                    AdminApi.Secret.class,
                    new AdministratorApi.NewSecret(secret.lifetime),
                    "administrators",
                    admin.value(),
                    "secrets"),
            Function.identity());
    if (json) {
      console.printJson(secret.json(made));
    } else {
      secret.print(console, admin, server, made);
    }
  }
}
