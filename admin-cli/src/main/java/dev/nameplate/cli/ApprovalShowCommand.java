package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    description = {
      "Show what waits for a second person; `nameplate plan show` has its devices.",
      "",
      "Example:",
      "  nameplate approval show 7k2m9qxd"
    })
final class ApprovalShowCommand implements Runnable {

  @Parameters(paramLabel = "PLAN", description = "Its id, or how its SHA-256 begins.")
  String id = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ApprovalShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var plan = client.get(DecommissionApi.Plan.class, "plans", id);
    if (json) {
      console.printJson(plan);
    } else {
      console.print(Plans.one(plan));
    }
  }
}
