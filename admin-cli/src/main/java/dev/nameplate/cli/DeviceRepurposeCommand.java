package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.LifecycleApi;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "repurpose",
    description = {
      "Let a retired device back, this once: it begins a new epoch, and needs a new key and the new"
          + " secret. The keys that it had are refused for ever.",
      "",
      "Example:",
      "  nameplate device repurpose pump-0017 --why 'sold on to plant 4' --secret-file s"
    })
final class DeviceRepurposeCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Option(
      names = "--why",
      required = true,
      paramLabel = "TEXT",
      description = "The reason, for the audit log.")
  String why = "";

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "The profile of its certificates from now on. Default: the one it had.")
  @Nullable String profile;

  @Mixin SecretOptions secret = new SecretOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceRepurposeCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var back =
        secret.deliver(
            () ->
                client.post(
                    LifecycleApi.Repurposed.class,
                    new LifecycleApi.Repurpose(why, profile, secret.uses, secret.lifetime),
                    "devices",
                    device.value(),
                    "repurpose"),
            LifecycleApi.Repurposed::secret);
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("device", back.device());
      answer.put("secret", secret.json(back.secret()));
      console.printJson(answer);
      return;
    }
    console.say(device + " is back, in epoch " + back.device().epoch() + ".");
    secret.print(console, device, back.secret());
  }
}
