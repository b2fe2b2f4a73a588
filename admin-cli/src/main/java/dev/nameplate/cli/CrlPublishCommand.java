package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "publish",
    description = {
      "Make an issuer's CRLs now, all of them, due or not.",
      "",
      "This is not needed after a revocation: the server does it by itself.",
      "",
      "Example:",
      "  nameplate crl publish issuing"
    })
final class CrlPublishCommand implements Runnable {

  @Parameters(paramLabel = "ISSUER", description = "The issuer: its role, or how its id begins.")
  String issuer = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CrlPublishCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var id = Issuers.find(client, issuer);
    var crls = client.post(AdminApi.Crls.class, Map.of(), "crls", id, "publish");
    if (json) {
      console.printJson(crls);
    } else {
      console.print(CrlListing.table(crls.items()));
    }
  }
}
