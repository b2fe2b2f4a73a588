package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.util.LinkedHashMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "add",
    description = {
      "Register a status node, and make a one-time secret for its enrollment.",
      "",
      "With its certificate a node has its own OCSP signing keys certified and tells its alarms, and"
          + " may do nothing else.",
      "",
      "Examples, the last two on the node's machine:",
      "  nameplate node add status-1 --secret-file s",
      "  nameplate est enroll status-1 --label node --secret-file s --out id/",
      "  nameplate node init --dir np --identity id/ --trust trust.pem ..."
    })
final class NodeAddCommand implements Runnable {

  @Parameters(
      paramLabel = "NODE",
      description = "Its name: lower-case letters, digits and dashes; 32 at most.")
  DeviceId node = new DeviceId("none");

  @Mixin SecretOptions secret = new SecretOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  NodeAddCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var registered =
        secret.deliver(
            () ->
                client.post(
                    AdminApi.RegisteredNode.class,
                    new AdminApi.RegisterNode(node.value(), secret.uses, secret.lifetime),
                    "nodes"),
            AdminApi.RegisteredNode::secret);
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("node", registered.node());
      answer.put("secret", secret.json(registered.secret()));
      console.printJson(answer);
      return;
    }
    console.say("Registered the status node " + node + ".");
    secret.print(console, node + " --label node", node, registered.secret());
  }
}
