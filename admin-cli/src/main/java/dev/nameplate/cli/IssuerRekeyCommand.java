package dev.nameplate.cli;

import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.admin.AdminApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "rekey",
    description = {
      "Give an issuing authority a new key, under a name with the next number.",
      "",
      "From then on the new one signs. The old one stays in cacerts until the last certificate that"
          + " it issued has expired, and its CRL and OCSP answers go on. The root is not re-keyed:"
          + " see `nameplate issuer rollover`.",
      "",
      "Example:",
      "  nameplate issuer rekey issuing"
    })
final class IssuerRekeyCommand implements Runnable {

  @Parameters(paramLabel = "NAME", description = "Its role, as `nameplate issuer list` shows it.")
  String role = "";

  @Option(
      names = "--key",
      paramLabel = "TYPE",
      description = "The type of the new key. Without it: as before.")
  @Nullable KeyType key;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  IssuerRekeyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var made =
        new AdminClient(context.required(console))
            .post(
                AdminApi.IssuerMade.class,
                new AdminApi.RekeyIssuer(key == null ? null : key.text()),
                "issuers",
                role,
                "rekey");
    IssuerListing.print(console, json, made);
  }
}
