package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "list",
    description = {
      "List the certificate authorities, and where their status is published.",
      "",
      "Example:",
      "  nameplate issuer list"
    })
final class IssuerListCommand implements Runnable {

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  IssuerListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var issuers = client.get(AdminApi.Issuers.class, "issuers");
    if (json) {
      console.printJson(issuers);
      return;
    }
    for (var issuer : issuers.items()) {
      console.print(IssuerListing.table(issuer));
      console.print("");
    }
  }
}
