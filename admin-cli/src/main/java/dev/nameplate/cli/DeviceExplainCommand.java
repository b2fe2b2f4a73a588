package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
      "With --as-of: how it stood at another time, by its events in the audit log.",
      "",
      "Examples:",
      "  nameplate device explain pump-0017",
      "  nameplate device explain pump-0017 --as-of 2026-08-01T00:00:00Z"
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

  @Option(
      names = "--as-of",
      paramLabel = "TIME",
      description = "How it stood then; in UTC, as 2026-08-01T00:00:00Z.")
  @Nullable Instant asOf;

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
    if (asOf != null) {
      past(client, json);
      return;
    }
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

  private void past(AdminClient client, boolean json) {
    var found =
        client.get(
            AdminApi.Past.class,
            Map.of("at", String.valueOf(asOf), "limit", limit),
            "devices",
            device.value(),
            "explain",
            "past");
    if (json) {
      console.printJson(found);
    } else {
      console.print(
          Table.pairs()
              .row("device", found.id())
              .row("at", found.at())
              .row("state", found.state())
              .row("profile", found.profile()));
      if (!found.certificates().isEmpty()) {
        var table = Table.of("SERIAL", "STANDING", "ISSUED", "NOT AFTER");
        found
            .certificates()
            .forEach(each ->
                table.row(each.serial(), each.standing(), each.issuedAt(), each.notAfter()));
        console.print("");
        console.print(table);
      }
      print(found.events());
    }
    if (!found.complete()) {
      console.say("It has more events than were looked at: this may not be how it stood.");
    }
    if (found.state() == null) {
      throw CommandFailure.of(ExitCode.NOT_FOUND, "there was no device " + device + " then");
    }
  }

  private void print(AdminApi.Explanation found) {
    var summary = Table.pairs().row("device", found.id());
    var known = found.device();
    if (known != null) {
      summary
          .row("state", known.state())
          .row("profile", known.profile())
          .row("profile version", found.profileVersion());
    }
    var renewal = found.renewal();
    if (renewal != null) {
      summary
          .row("renews from", renewal.from())
          .row("overdue from", renewal.overdue())
          .row("ends", renewal.until());
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
    if (!found.tombstones().isEmpty()) {
      var stones = Table.of("RETIRED", "VALUE", "SINCE", "CLEARED BY");
      found
          .tombstones()
          .forEach(each -> stones.row(each.kind(), each.value(), each.at(), each.clearedBy()));
      console.print("");
      console.print(stones);
    }
    if (!found.seen().isEmpty()) {
      var seen = Table.of("SEEN BY", "LAST", "FIRST", "TIMES", "ALARM", "CERTIFICATE");
      found
          .seen()
          .forEach(each ->
              seen.row(
                  each.source(),
                  each.lastAt(),
                  each.firstAt(),
                  each.count(),
                  each.alarm(),
                  each.sha256()));
      console.print("");
      console.print(seen);
    }
    print(found.events());
  }

  private void print(List<AdminApi.Happened> happened) {
    if (!happened.isEmpty()) {
      var events = Table.of("AT", "REQUEST", "FROM", "WITH", "WHAT");
      for (var event : happened) {
        events.row(
            event.at(), event.requestId(), event.address(), event.credential(), event.what());
      }
      console.print("");
      console.print(events);
    }
  }
}
