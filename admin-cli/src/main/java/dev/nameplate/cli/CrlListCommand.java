package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "list",
    description = {
      "List the CRLs that are published: the complete one of each issuer, and its shards.",
      "",
      "Example:",
      "  nameplate crl list"
    })
final class CrlListCommand implements Runnable {

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  CrlListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var crls = client.get(AdminApi.Crls.class, "crls");
    if (json) {
      console.printJson(crls);
    } else {
      console.print(CrlListing.table(crls.items()));
    }
  }
}
