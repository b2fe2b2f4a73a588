package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    description = {
      "Show a plan, and what became of its devices.",
      "",
      "Examples:",
      "  nameplate plan show 7k2m9qxd",
      "  nameplate plan show 7k2m9qxd --result failed"
    })
final class PlanShowCommand implements Runnable {

  @Parameters(paramLabel = "PLAN", description = "Its id, or how its SHA-256 begins.")
  String id = "";

  @Option(
      names = "--result",
      paramLabel = "RESULT",
      description = "Only devices that are pending, retired, already or failed.")
  @Nullable String result;

  @Mixin PageOptions page = new PageOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  PlanShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var plan = client.get(DecommissionApi.Plan.class, "plans", id);
    var devices =
        page.collect(
            console,
            query -> {
              query.put("result", result);
              var answer =
                  client.get(DecommissionApi.PlanDevices.class, query, "plans", id, "devices");
              return new PageOptions.Page<>(answer.items(), answer.next());
            });
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("plan", plan);
      answer.put("devices", devices);
      console.printJson(answer);
    } else {
      console.print(Plans.one(plan));
      console.print("");
      console.print(Plans.devices(devices));
    }
  }
}
