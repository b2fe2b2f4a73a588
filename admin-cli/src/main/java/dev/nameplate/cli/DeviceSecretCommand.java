package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "secret",
    description = {
      "Make another one-time secret for the enrollment of a registered device.",
      "",
      "Example:",
      "  nameplate device secret pump-0017 --secret-ttl 1h --secret-file s"
    })
final class DeviceSecretCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Mixin SecretOptions secret = new SecretOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceSecretCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var made =
        secret.deliver(
            () ->
                client.post(
                    AdminApi.Secret.class,
                    new AdminApi.NewSecret(secret.uses, secret.lifetime),
                    "devices",
                    device.value(),
                    "secrets"),
            Function.identity());
    if (json) {
      console.printJson(secret.json(made));
    } else {
      secret.print(console, device, made);
    }
  }
}
