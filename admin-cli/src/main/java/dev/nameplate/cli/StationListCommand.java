package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "List the stations, and what they enroll devices for.",
      "",
      "Example:",
      "  nameplate station list"
    })
final class StationListCommand implements Runnable {

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only these: registered, enrolled, active or retired.")
  @Nullable String state;

  @Mixin PageOptions page = new PageOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  StationListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    page.print(
        console,
        json,
        query -> {
          query.put("state", state);
          var answer = client.get(AdminApi.Stations.class, query, "stations");
          return new PageOptions.Page<>(answer.items(), answer.next());
        },
        StationListCommand::table);
  }

  private static Table table(List<AdminApi.Station> stations) {
    var table = Table.of("STATION", "STATE", "LABEL", "FOR", "REGISTERED", "RETIRED");
    for (var station : stations) {
      table.row(
          station.id(),
          station.state(),
          station.profile(),
          String.join(",", station.labels()),
          station.registeredAt(),
          station.retiredAt());
    }
    return table;
  }
}
