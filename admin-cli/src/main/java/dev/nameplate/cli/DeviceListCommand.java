package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "List the devices.",
      "",
      "Examples:",
      "  nameplate device list",
      "  nameplate device list --state retired -o json | jq -r '.items[].id'",
      "  nameplate device list --where 'model=GW2 and last_renewed<2026-01-01' -o name",
      "  nameplate device list --where \"site='Graz West' and last_issued=never\""
    })
final class DeviceListCommand implements Runnable {

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description =
          "Only these: registered, enrolled, active, suspended, retiring, retired, cancelled or"
              + " purged.")
  @Nullable String state;

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description =
          "Only these: comparisons joined by 'and'. With = : id (as pump-*), state, profile, model,"
              + " site, group, lot, owner, hardware_serial. With < or >= and a day or a time:"
              + " registered, last_issued, last_renewed, expires. And last_issued=never.")
  @Nullable String where;

  @Mixin PageOptions page = new PageOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceListCommand(Console console) {
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
          query.put("where", where);
          var answer = client.get(AdminApi.Devices.class, query, "devices");
          return new PageOptions.Page<>(answer.items(), answer.next());
        },
        Listing::devices);
  }
}
