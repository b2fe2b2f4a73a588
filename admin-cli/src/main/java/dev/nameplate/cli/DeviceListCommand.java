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
      "  nameplate device list --state retired -o json | jq -r '.items[].id'"
    })
final class DeviceListCommand implements Runnable {

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
          var answer = client.get(AdminApi.Devices.class, query, "devices");
          return new PageOptions.Page<>(answer.items(), answer.next());
        },
        Listing::devices);
  }
}
