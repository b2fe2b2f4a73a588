package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "deny",
    description = {
      "Deny a request, or take back an approval that was not collected yet. The device is told the"
          + " reason; with another key it may ask again.",
      "",
      "Denying it again changes nothing. What was collected, or has ended, ends with exit code 5.",
      "",
      "Example:",
      "  nameplate request deny 7k2m9qxd --reason \"not on the delivery note\""
    })
final class RequestDenyCommand implements Runnable {

  @Parameters(paramLabel = "ID", description = "Its id, as `nameplate request list` has it.")
  String id = "";

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why; the device's log will say it.")
  String reason = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  RequestDenyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var decided =
        client.post(AdminApi.Decided.class, new AdminApi.Deny(reason), "requests", id, "deny");
    var request = decided.request();
    console.say(
        decided.already()
            ? id + " was denied before; nothing changed."
            : "Denied " + id + " of " + request.owner() + ".");
    if (json) {
      console.printJson(decided);
    } else {
      console.print(Listing.request(request));
    }
  }
}
