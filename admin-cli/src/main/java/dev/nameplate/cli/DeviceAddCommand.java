package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.util.LinkedHashMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "add",
    description = {
      "Register a device, and make a one-time secret for its enrollment.",
      "",
      "The secret is shown this once: on stdout, or in the file that --secret-file names. Lost or"
          + " expired, it is replaced by `nameplate device secret DEVICE`.",
      "",
      "Examples:",
      "  nameplate device add pump-0017 --profile device --secret-file s",
      "  nameplate device add pump-0017 --profile device -o json | jq -r .secret.text"
    })
final class DeviceAddCommand implements Runnable {

  @Parameters(
      paramLabel = "DEVICE",
      description = "Its name: letters, digits, dots, dashes and underscores; 64 at most.")
  DeviceId device = new DeviceId("none");

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      defaultValue = "device",
      description = "The profile of its certificates. Default: ${DEFAULT-VALUE}.")
  String profile = "device";

  @Mixin AttributeOptions attributes = new AttributeOptions();
  @Mixin SecretOptions secret = new SecretOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceAddCommand(Console console) {
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
                    AdminApi.Registered.class,
                    new AdminApi.RegisterDevice(
                        device.value(),
                        profile,
                        secret.uses,
                        secret.lifetime,
                        attributes.model,
                        attributes.site,
                        attributes.group,
                        attributes.lot,
                        attributes.owner,
                        attributes.hardwareSerial),
                    "devices"),
            AdminApi.Registered::secret);
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("device", registered.device());
      answer.put("secret", secret.json(registered.secret()));
      console.printJson(answer);
      return;
    }
    console.say("Registered " + device + " for the profile " + registered.device().profile() + ".");
    secret.print(console, device, registered.secret());
  }
}
