package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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
      "  nameplate audit show --kind Refused --since 24h",
      "  nameplate audit show --limit 20 -o json"
    })
final class AuditShowCommand implements Runnable {

  private static final int PAGE = 500;

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
      names = "--kind",
      paramLabel = "KIND",
      description = "Only of this kind, as the WHAT column has it: Revoked.")
  @Nullable String kind;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Not older than this: 2026-11-24T02:00:00Z, or how long ago: 24h.")
  @Nullable String since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      description = "Older than this, written in the same way.")
  @Nullable String until;

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
    var rows = new ArrayList<AdminApi.AuditRow>();
    var after = Optional.<String>empty();
    do {
      var query = new HashMap<String, @Nullable Object>();
      query.put("subject", whose.device != null ? whose.device.owner().toString() : whose.subject);
      query.put("kind", kind);
      query.put("since", time("--since", since));
      query.put("until", time("--until", until));
      query.put("after", after.orElse(null));
      query.put("limit", Math.min(PAGE, limit - rows.size()));
      var page = client.get(AdminApi.AuditRows.class, query, "audit");
      rows.addAll(page.items());
      after = Optional.ofNullable(page.next());
    } while (after.isPresent() && rows.size() < limit);
    if (json) {
      console.printJson(Map.of("items", rows));
      return;
    }
    var table = Table.of("AT", "WHAT", "SUBJECT", "CHAIN", "ROW");
    for (var row : rows) {
      table.row(row.at(), row.kind(), row.subject(), row.chain(), row.sequence());
    }
    console.print(table);
  }

  /// A time, or a length of time before now.
  private static @Nullable String time(String option, @Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      return text.contains("T")
          ? Instant.parse(text).toString()
          : InstantSource.system().instant().minus(Durations.parse(text)).toString();
    } catch (DateTimeParseException | IllegalArgumentException wrong) {
      throw CommandFailure.of(
              ExitCode.USAGE,
              option + ": '" + text + "' is neither a time as 2026-11-24T02:00:00Z nor one as 24h")
          .because(wrong);
    }
  }
}
