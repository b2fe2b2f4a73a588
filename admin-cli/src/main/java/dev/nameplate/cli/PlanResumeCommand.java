package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "resume",
    description = {
      "Go on with a plan that was paused, or try again the devices that could not be retired.",
      "",
      "Example:",
      "  nameplate plan resume 7k2m9qxd"
    })
final class PlanResumeCommand implements Runnable {

  @Parameters(paramLabel = "PLAN", description = "Its id, or how its SHA-256 begins.")
  String id = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  PlanResumeCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var moved = client.post(DecommissionApi.PlanMoved.class, Map.of(), "plans", id, "resume");
    console.say(moved.already() ? "Nothing changed." : "Resumed plan " + moved.plan().id() + ".");
    if (json) {
      console.printJson(moved);
    } else {
      console.print(Plans.one(moved.plan()));
    }
  }
}
