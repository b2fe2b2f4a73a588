package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "explain",
    description = {
      "Explain why a device was, or was not, given certificates: what it would be answered now, what"
          + " to do about it, and what happened so far, the newest first. Requests have the id that"
          + " is in the device's own log.",
      "",
      "For a device that nobody knows it says so, and ends with exit code 3.",
      "",
      "Example:",
      "  nameplate device explain pump-0017"
    })
final class DeviceExplainCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "Look at this many events at most. Default: ${DEFAULT-VALUE}.")
  int limit = 20;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var found =
        client.get(
            AdminApi.Explanation.class,
            Map.of("limit", limit),
            "devices",
            device.value(),
            "explain");
    if (json) {
      console.printJson(found);
    } else {
      print(found);
    }
    if (found.device() == null) {
      throw CommandFailure.of(ExitCode.NOT_FOUND, "there is no device " + device)
          .next(found.next() + ".");
    }
  }

  private void print(AdminApi.Explanation found) {
    var summary = Table.pairs().row("device", found.id());
    var known = found.device();
    if (known != null) {
      summary.row("state", known.state()).row("profile", known.profile());
    }
    for (var secret : found.secrets()) {
      summary.row("secret " + secret.id(), secret.standing());
    }
    var request = found.request();
    if (request != null) {
      summary.row("request " + request.id(), request.state());
    }
    console.print(summary.row("if it asks now", found.answer()).row("next", found.next()));
    if (!found.certificates().isEmpty()) {
      console.print("");
      console.print(Listing.certificates(found.certificates()));
    }
    if (!found.events().isEmpty()) {
      var events = Table.of("AT", "REQUEST", "FROM", "WITH", "WHAT");
      for (var event : found.events()) {
        events.row(
            event.at(), event.requestId(), event.address(), event.credential(), event.what());
      }
      console.print("");
      console.print(events);
    }
  }
}
