package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "approve",
    description = {
      "Approve a request: the device gets its certificate when it asks again, once, for exactly"
          + " this key. Compare the key's SHA-256 with what the device says before.",
      "",
      "Approving it again changes nothing. What was denied, or has ended, ends with exit code 5.",
      "",
      "Example:",
      "  nameplate request approve 7k2m9qxd"
    })
final class RequestApproveCommand implements Runnable {

  @Parameters(paramLabel = "ID", description = "Its id, as `nameplate request list` has it.")
  String id = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  RequestApproveCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var decided = client.post(AdminApi.Decided.class, Map.of(), "requests", id, "approve");
    var request = decided.request();
    console.say(
        decided.already()
            ? id + " was approved before; nothing changed."
            : "Approved %s of %s; it is to be collected until %s."
                .formatted(id, request.owner(), request.expiresAt()));
    if (json) {
      console.printJson(decided);
    } else {
      console.print(Listing.request(request));
    }
  }
}
