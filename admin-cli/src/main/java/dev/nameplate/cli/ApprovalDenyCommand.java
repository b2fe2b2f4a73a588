package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "deny",
    description = {
      "Deny a plan that somebody else has made, for good.",
      "",
      "Example:",
      "  nameplate approval deny 7k2m9qxd --reason \"wrong lot\""
    })
final class ApprovalDenyCommand implements Runnable {

  @Parameters(paramLabel = "PLAN", description = "Its id, or how its SHA-256 begins.")
  String id = "";

  @Option(
      names = "--sha256",
      paramLabel = "HEX",
      description = "Only if the plan has this SHA-256, as you were told by other means.")
  @Nullable String sha256;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why; whoever asked for it reads it.")
  String reason = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ApprovalDenyCommand(Console console) {
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
            new DecommissionApi.Decide(sha256 == null ? seen.sha256() : sha256, reason),
            "approvals",
            id,
            "deny");
    var plan = decided.plan();
    console.say(decided.already() ? "Nothing changed." : "Denied plan " + plan.id() + "." + "");
    if (json) {
      console.printJson(decided);
    } else {
      console.print(Plans.one(plan));
    }
  }
}
