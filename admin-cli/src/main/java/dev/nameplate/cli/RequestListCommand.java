package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "List the requests that wait for an operator, oldest first.",
      "",
      "Examples:",
      "  nameplate request list",
      "  nameplate request list --state denied --label device"
    })
final class RequestListCommand implements Runnable {

  private static final String ALL = "all";

  @Option(
      names = "--state",
      paramLabel = "STATE",
      defaultValue = "pending",
      description =
          "Only these: pending, approved, used, denied, expired, replaced or voided; or all."
              + " Default: ${DEFAULT-VALUE}.")
  String state = "pending";

  @Option(names = "--label", paramLabel = "LABEL", description = "Only under this EST label.")
  @Nullable String label;

  @Option(names = "--device", paramLabel = "DEVICE", description = "Only of this device.")
  @Nullable DeviceId device;

  @Mixin PageOptions page = new PageOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  RequestListCommand(Console console) {
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
          query.put("state", state.equals(ALL) ? null : state);
          query.put("label", label);
          query.put("device", device == null ? null : device.value());
          var answer = client.get(AdminApi.PendingRequests.class, query, "requests");
          return new PageOptions.Page<>(answer.items(), answer.next());
        },
        Listing::requests);
  }
}
