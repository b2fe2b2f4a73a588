package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.DecommissionApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "List the receipts of retired devices.",
      "",
      "Example:",
      "  nameplate receipt list --device pump-0017"
    })
final class ReceiptListCommand implements Runnable {

  @Option(names = "--device", paramLabel = "DEVICE", description = "Only of this device.")
  @Nullable DeviceId device;

  @Mixin PageOptions page = new PageOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ReceiptListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var found =
        page.collect(
            console,
            query -> {
              query.put("device", device == null ? null : device.value());
              var answer = client.get(DecommissionApi.ReceiptPage.class, query, "receipts");
              return new PageOptions.Page<>(answer.items(), answer.next());
            });
    if (json) {
      console.printJson(new DecommissionApi.ReceiptPage(found, null));
    } else {
      console.print(Receipts.list(found));
    }
  }
}
