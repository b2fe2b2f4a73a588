package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "grant",
    description = {
      "Approve a plan that somebody else has made: exactly that plan, until it expires.",
      "",
      "Example:",
      "  nameplate approval grant 9f2c4e1ab03d"
    })
final class ApprovalGrantCommand implements Runnable {

  @Parameters(paramLabel = "PLAN", description = "Its id, or how its SHA-256 begins.")
  String id = "";

  @Option(
      names = "--sha256",
      paramLabel = "HEX",
      description = "Only if the plan has this SHA-256, as you were told by other means.")
  @Nullable String sha256;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ApprovalGrantCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var seen = client.get(DecommissionApi.Plan.class, "plans", id);
    var decided =
        client.post(
            DecommissionApi.PlanMoved.class,
            new DecommissionApi.Decide(sha256 == null ? seen.sha256() : sha256, null),
            "approvals",
            id,
            "grant");
    var plan = decided.plan();
    console.say(
        decided.already()
            ? "Nothing changed."
            : "Approved plan "
                + plan.id()
                + "."
                + " It is started with: nameplate device retire --plan %s --yes --confirm %d"
                    .formatted(plan.id(), plan.devices()));
    if (json) {
      console.printJson(decided);
    } else {
      console.print(Plans.one(plan));
    }
  }
}
