package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "list",
    description = {
      "List the manufacturers that a label trusts, or that all labels trust.",
      "",
      "Example:",
      "  nameplate anchor list made"
    })
final class AnchorListCommand implements Runnable {

  @Parameters(
      paramLabel = "LABEL",
      arity = "0..1",
      description = "The EST label. Without it: all of them.")
  @Nullable String label;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AnchorListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var anchors =
        label == null
            ? client.get(AdminApi.Anchors.class, "anchors")
            : client.get(AdminApi.Anchors.class, "labels", label, "anchors");
    if (json) {
      console.printJson(anchors);
      return;
    }
    var table = Table.of("LABEL", "MANUFACTURER", "SERIALS", "ADDED", "BY", "SHA-256");
    for (var anchor : anchors.items()) {
      table.row(
          anchor.label(),
          anchor.subject(),
          anchor.serials() == null ? "all" : anchor.serials(),
          anchor.addedAt(),
          anchor.addedBy(),
          anchor.sha256());
    }
    console.print(table);
  }
}
