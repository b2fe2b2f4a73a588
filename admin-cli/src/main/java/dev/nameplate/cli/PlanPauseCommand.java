package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "pause",
    description = {
      "Stop a running plan for now: the device that is at work is finished, no other is begun.",
      "",
      "Example:",
      "  nameplate plan pause 7k2m9qxd"
    })
final class PlanPauseCommand implements Runnable {

  @Parameters(paramLabel = "PLAN", description = "Its id, or how its SHA-256 begins.")
  String id = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  PlanPauseCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var moved = client.post(DecommissionApi.PlanMoved.class, Map.of(), "plans", id, "pause");
    console.say(moved.already() ? "Nothing changed." : "Paused plan " + moved.plan().id() + ".");
    if (json) {
      console.printJson(moved);
    } else {
      console.print(Plans.one(moved.plan()));
    }
  }
}
