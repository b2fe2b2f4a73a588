package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "List the plans to retire devices, newest first.",
      "",
      "Example:",
      "  nameplate plan list --state running"
    })
final class PlanListCommand implements Runnable {

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only these: waiting, ready, running, paused, done, cancelled or denied.")
  @Nullable String state;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  PlanListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var query = new HashMap<String, @Nullable Object>();
    query.put("state", state);
    var plans = client.get(DecommissionApi.Plans.class, query, "plans");
    if (json) {
      console.printJson(plans);
    } else {
      console.print(Plans.list(plans.items()));
    }
  }
}
