package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    description = {
      "Show what a request asks for, and what was decided.",
      "",
      "Example:",
      "  nameplate request show 7k2m9qxd"
    })
final class RequestShowCommand implements Runnable {

  @Parameters(paramLabel = "ID", description = "Its id, as `nameplate request list` has it.")
  String id = "";

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  RequestShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var request = client.get(AdminApi.PendingRequest.class, "requests", id);
    if (json) {
      console.printJson(request);
    } else {
      console.print(Listing.request(request));
    }
  }
}
