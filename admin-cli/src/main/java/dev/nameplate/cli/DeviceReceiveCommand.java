package dev.nameplate.cli;

import dev.nameplate.server.admin.InventoryApi;
import dev.nameplate.server.admin.TransferApi;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "receive",
    description = {
      "Take over the devices of a package that their old owner made with `nameplate device transfer`:"
          + " register them here, and refuse for ever the keys that they had there. Each needs a new"
          + " secret, and a new key.",
      "",
      "The package must be signed below the authorities in --trust, whose fingerprints somebody has"
          + " to have compared with the old owner. The same package again changes nothing. Exit code"
          + " 6: some devices were not taken over.",
      "",
      "Example:",
      "  nameplate device receive graz.jws --trust their-trust.pem"
    })
final class DeviceReceiveCommand implements Runnable {

  @Parameters(paramLabel = "PACKAGE", description = "The file that the old owner made.")
  Path file = Path.of("");

  @Option(
      names = "--trust",
      paramLabel = "FILE",
      required = true,
      description = "The old owner's authorities, in PEM.")
  Path trust = Path.of("");

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      defaultValue = "device",
      description = "The profile of their certificates here. Default: ${DEFAULT-VALUE}.")
  String profile = "device";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceReceiveCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var received =
        client.post(
            InventoryApi.Imported.class,
            new TransferApi.Receive(Inputs.text(file), Inputs.pem(trust, "CERTIFICATE"), profile),
            "inventory",
            "receive");
    if (json) {
      console.printJson(received);
    } else {
      var table = Table.of("DEVICE", "OUTCOME", "DETAIL");
      received.items().forEach(each -> table.row(each.id(), each.outcome(), each.detail()));
      console.print(table);
    }
    long failed =
        received.items().stream()
            .filter(each -> each.outcome().equals("conflict") || each.outcome().equals("invalid"))
            .count();
    if (failed > 0) {
      throw CommandFailure.of(
          ExitCode.PARTIAL, failed + " of " + received.items().size() + " were not taken over");
    }
    console.say("Next, for each of them: nameplate device secret DEVICE");
  }
}
