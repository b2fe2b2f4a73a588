package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "show",
    description = {
      "Show what happened, the newest first: changes, and requests that were refused.",
      "",
      "Examples:",
      "  nameplate audit show --device pump-0017",
      "  nameplate audit show --limit 20 -o json"
    })
final class AuditShowCommand implements Runnable {

  /// One or the other.
  static final class Whose {

    @Option(names = "--device", paramLabel = "DEVICE", description = "Only about this device.")
    @Nullable DeviceId device;

    @Option(
        names = "--subject",
        paramLabel = "SUBJECT",
        description = "Only about this subject, as the SUBJECT column has it.")
    @Nullable String subject;
  }

  @ArgGroup Whose whose = new Whose();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "50",
      description = "Print this many at most. Default: ${DEFAULT-VALUE}.")
  int limit = 50;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AuditShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var query = new HashMap<String, @Nullable Object>();
    query.put("subject", whose.device != null ? whose.device.owner().toString() : whose.subject);
    query.put("limit", limit);
    var rows = client.get(AdminApi.AuditRows.class, query, "audit");
    if (json) {
      console.printJson(rows);
      return;
    }
    var table = Table.of("AT", "WHAT", "SUBJECT", "CHAIN", "ROW");
    for (var row : rows.items()) {
      table.row(row.at(), row.kind(), row.subject(), row.chain(), row.sequence());
    }
    console.print(table);
  }
}
