package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "remove",
    description = {
      "Trust a manufacturer no more: its devices cannot enroll from the next request on.",
      "",
      "Devices that have a certificate of ours keep it, and renew it.",
      "",
      "Example:",
      "  nameplate anchor remove made 3c5ea1..."
    })
final class AnchorRemoveCommand implements Runnable {

  @Parameters(paramLabel = "LABEL", description = "The EST label.")
  String label = "";

  @Parameters(
      paramLabel = "SHA256",
      description = "Of the authority's certificate, as `nameplate anchor list` prints it.")
  String sha256 = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AnchorRemoveCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var removed = client.delete(AdminApi.RemovedAnchor.class, "labels", label, "anchors", sha256);
    if (json) {
      console.printJson(removed);
    } else {
      console.say("The label " + label + " does not trust " + sha256 + " any more.");
    }
  }
}
