package dev.nameplate.cli;

import dev.nameplate.server.admin.AdministratorApi;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "List the administrators, what they may do, and until when they are certified.",
      "",
      "Example:",
      "  nameplate admin list"
    })
final class AdminListCommand implements Runnable {

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

  AdminListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var all =
        page.collect(
            console,
            query -> {
              query.put("state", state);
              var answer =
                  client.get(AdministratorApi.Administrators.class, query, "administrators");
              return new PageOptions.Page<>(answer.items(), answer.next());
            });
    if (json) {
      console.printJson(Map.of("items", all));
      return;
    }
    var table = Table.of("ADMIN", "STATE", "ROLES", "CERTIFIED UNTIL", "REGISTERED", "RETIRED");
    for (var admin : all) {
      table.row(
          admin.id(),
          admin.state(),
          AdminListing.words(admin.grants()),
          admin.certifiedUntil(),
          admin.registeredAt(),
          admin.retiredAt());
    }
    console.print(table);
  }
}
