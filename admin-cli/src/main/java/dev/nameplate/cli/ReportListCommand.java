package dev.nameplate.cli;

import dev.nameplate.server.admin.ReportApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "list",
    description = {"List the reports that there are.", "", "Example:", "  nameplate report list"})
final class ReportListCommand implements Runnable {

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ReportListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var found = client.get(ReportApi.ReportKinds.class, "reports");
    if (json) {
      console.printJson(found);
    } else {
      var table = Table.of("REPORT", "ABOUT");
      found.items().forEach(kind -> table.row(kind.name(), kind.about()));
      console.print(table);
    }
  }
}
