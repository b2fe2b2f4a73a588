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
      "Make another one-time secret for a status node: for one that was off for longer than its"
          + " certificate is good.",
      "",
      "Example:",
      "  nameplate node secret status-1 --secret-file s"
    })
final class NodeSecretCommand implements Runnable {

  @Parameters(paramLabel = "NODE", description = "Its name.")
  DeviceId node = new DeviceId("none");

  @Mixin SecretOptions secret = new SecretOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  NodeSecretCommand(Console console) {
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
                    "nodes",
                    node.value(),
                    "secrets"),
            Function.identity());
    if (json) {
      console.printJson(secret.json(made));
    } else {
      secret.print(console, node + " --label node", node, made);
    }
  }
}
