package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "list",
    description = {
      "List what waits for a second person.",
      "",
      "Example:",
      "  nameplate approval list"
    })
final class ApprovalListCommand implements Runnable {

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ApprovalListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var plans = client.get(DecommissionApi.Plans.class, "approvals");
    if (json) {
      console.printJson(plans);
    } else {
      console.print(Plans.list(plans.items()));
    }
  }
}
