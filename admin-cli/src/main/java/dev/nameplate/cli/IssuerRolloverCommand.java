package dev.nameplate.cli;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.admin.AdminApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "rollover",
    description = {
      "Give the root a successor, in two steps.",
      "",
      "First it is announced: a new root with the same name and a new key is in cacerts, together"
          + " with two certificates that lead from the old one to it and back. Devices learn of it"
          + " when they ask for cacerts next. When they all have, --activate lets it certify the"
          + " issuing authorities. Whoever trusts only one of the two roots can check every"
          + " certificate all the time, until the old root expires.",
      "",
      "Examples:",
      "  nameplate issuer rollover root",
      "  nameplate issuer rollover root --activate"
    })
final class IssuerRolloverCommand implements Runnable {

  @Parameters(paramLabel = "NAME", description = "Its role: root.")
  String role = "";

  @Option(names = "--activate", description = "The root that was announced signs from now on.")
  boolean activate;

  @Option(
      names = "--key",
      paramLabel = "TYPE",
      description = "The type of the new root's key. Without it: as before.")
  @Nullable KeyType key;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  IssuerRolloverCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var made =
        new AdminClient(context.required(console))
            .post(
                AdminApi.IssuerMade.class,
                new AdminApi.RollOver(activate, key == null ? null : key.text()),
                "issuers",
                role,
                "rollover");
    IssuerListing.print(console, json, made);
    if (!activate) {
      console.say(
          "It is in cacerts, and signs nothing yet. When clients have learnt of it:\n"
              + "  nameplate issuer rollover root --activate");
    }
  }
}
