package dev.nameplate.cli;

import dev.nameplate.server.admin.AdministratorApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "whoami",
    description = {
      "Show as whom this context speaks to the server, and what it may do.",
      "",
      "Example:",
      "  nameplate admin whoami"
    })
final class AdminWhoamiCommand implements Runnable {

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminWhoamiCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var myself = client.get(AdministratorApi.Myself.class, "whoami");
    if (json) {
      console.printJson(myself);
      return;
    }
    var table = Table.pairs();
    table.row("name", myself.owner());
    for (var grant : myself.grants()) {
      table.row("may", AdminListing.words(grant));
    }
    table.row("certificate", myself.serial());
    table.row("until", myself.notAfter());
    console.print(table);
  }
}
