package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "List certificates: all, or those of one device.",
      "",
      "Examples:",
      "  nameplate cert list --device pump-0017",
      "  nameplate cert list --state abandoned"
    })
final class CertListCommand implements Runnable {

  @Option(names = "--device", paramLabel = "DEVICE", description = "Only those of this device.")
  @Nullable DeviceId device;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only these: issued, reserved or abandoned.")
  @Nullable String state;

  @Mixin PageOptions page = new PageOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CertListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    page.print(
        console,
        json,
        query -> {
          query.put("device", Optional.ofNullable(device).map(DeviceId::value).orElse(null));
          query.put("state", state);
          var answer = client.get(AdminApi.Certificates.class, query, "certificates");
          return new PageOptions.Page<>(answer.items(), answer.next());
        },
        Listing::certificates);
  }
}
