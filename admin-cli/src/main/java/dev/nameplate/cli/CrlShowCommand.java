package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    description = {
      "Show one CRL: its number, its times, how many certificates are on it, and where it is.",
      "",
      "Examples:",
      "  nameplate crl show issuing end-entities",
      "  nameplate crl show 3f9a2c shard-7"
    })
final class CrlShowCommand implements Runnable {

  @Parameters(paramLabel = "ISSUER", description = "The issuer: its role, or how its id begins.")
  String issuer = "";

  @Parameters(
      paramLabel = "SCOPE",
      description = "Which of its lists: authorities, end-entities, or a shard such as shard-7.")
  String scope = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CrlShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var id = Issuers.find(client, issuer);
    var crl = client.get(AdminApi.Crl.class, "crls", id, scope);
    if (json) {
      console.printJson(crl);
    } else {
      console.print(CrlListing.table(crl));
    }
  }
}
