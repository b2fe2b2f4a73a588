package dev.nameplate.cli;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.admin.AdminApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "add",
    description = {
      "Make another issuing authority, for profiles that name it as their issuer.",
      "",
      "Its key is made in the token, the root certifies it, and its status is published at once.",
      "",
      "Examples:",
      "  nameplate issuer add sensors",
      "  nameplate issuer add sensors --key ec-p384 --title \"Acme Sensors CA\""
    })
final class IssuerAddCommand implements Runnable {

  @Parameters(
      paramLabel = "NAME",
      description = "What profiles call it: `issuer: NAME`. Lower-case letters, digits, dashes.")
  String role = "";

  @Option(
      names = "--key",
      paramLabel = "TYPE",
      defaultValue = "ec-p256",
      description = "The type of its key. Default: ${DEFAULT-VALUE}.")
  KeyType key = KeyType.EC_P256;

  @Option(
      names = "--title",
      paramLabel = "TEXT",
      description = "The common name in its certificate. Without it: the organization and NAME.")
  @Nullable String title;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  IssuerAddCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var made =
        new AdminClient(context.required(console))
            .post(
                AdminApi.IssuerMade.class,
                new AdminApi.AddIssuer(role, title, key.text()),
                "issuers");
    IssuerListing.print(console, json, made);
    console.say("Profiles use it by `issuer: %s`, when the server has read them.".formatted(role));
  }
}
