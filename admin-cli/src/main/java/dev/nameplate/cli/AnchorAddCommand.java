package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "add",
    description = {
      "Trust a manufacturer: from now on the certificates that its authority gave its devices"
          + " (IDevIDs, IEEE 802.1AR) let them in under an EST label, for the first time.",
      "",
      "Their renewals are made with our own certificates. The profile of the label must have"
          + " `manufacturer` among its enrollment.credentials. Intermediate certificates need not be"
          + " added: the device sends them.",
      "",
      "Examples:",
      "  nameplate anchor add made maker-root.pem",
      "  nameplate anchor add made maker-root.pem --serials 'AC7-*'"
    })
final class AnchorAddCommand implements Runnable {

  @Parameters(paramLabel = "LABEL", description = "The EST label: the name of its profile.")
  String label = "";

  @Parameters(paramLabel = "FILE", description = "The authority's certificate, one, in PEM.")
  Path file = Path.of("");

  @Option(
      names = "--serials",
      paramLabel = "PATTERN",
      description =
          "Only devices whose id is like this: * is any text, ? any one character. Default: all.")
  @Nullable String serials;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AnchorAddCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var pem = Inputs.text(file);
    var client = new AdminClient(context.required(console));
    var anchor =
        client.post(
            AdminApi.Anchor.class,
            new AdminApi.AddAnchor(pem, serials),
            "labels",
            label,
            "anchors");
    if (json) {
      console.printJson(anchor);
      return;
    }
    console.say(
        "The label "
            + anchor.label()
            + " trusts "
            + anchor.subject()
            + " for first enrollment, from now on.");
    console.print(anchor.sha256());
  }
}
