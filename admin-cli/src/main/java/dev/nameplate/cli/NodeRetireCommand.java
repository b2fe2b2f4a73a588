package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "retire",
    description = {
      "Retire a status node for good: its own certificates and those of its OCSP signing keys are"
          + " revoked, and it is let in no more. What it signed before stays in caches until its"
          + " nextUpdate.",
      "",
      "Example:",
      "  nameplate node retire status-1 --reason keyCompromise"
    })
final class NodeRetireCommand implements Runnable {

  @Parameters(paramLabel = "NODE", description = "Its name.")
  DeviceId node = new DeviceId("none");

  @Mixin RetireReason reason = new RetireReason();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  NodeRetireCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var retired =
        client.post(AdminApi.RetiredNode.class, reason.body(), "nodes", node.value(), "retire");
    if (json) {
      console.printJson(retired);
      return;
    }
    console.say(
        retired.already()
            ? node + " was retired before, at " + retired.node().retiredAt() + "."
            : "Retired the status node %s. Certificates revoked: %d; secrets burned: %d."
                .formatted(node, retired.revoked().size(), retired.burned()));
    console.say(
        "It can still read the database. As its owner: ALTER ROLE <the node's user> NOLOGIN;");
  }
}
