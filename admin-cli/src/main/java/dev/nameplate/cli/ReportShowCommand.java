package dev.nameplate.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.ReportApi;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    description = {
      "Print a report about the whole fleet; `nameplate report list` says which there are.",
      "",
      "Examples:",
      "  nameplate report show overdue",
      "  nameplate report show expiring --within 14d",
      "  nameplate report show never-enrolled --limit 1000000 --csv > never-enrolled.csv"
    })
final class ReportShowCommand implements Runnable {

  private static final ObjectMapper JSON = AdminApi.json();

  @Parameters(paramLabel = "NAME", description = "Its name.")
  String name = "";

  @Option(
      names = "--within",
      paramLabel = "TIME",
      description = "Of expiring: how soon. Default: 30d.")
  @Nullable Duration within;

  @Option(
      names = "--older-than",
      paramLabel = "TIME",
      description = "Of long-held: for how long. Default: 7d.")
  @Nullable Duration olderThan;

  @Option(
      names = "--csv",
      description = "Print comma-separated values, safe to open in a spreadsheet.")
  boolean csv;

  @Mixin PageOptions page = new PageOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ReportShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var columns = columns(client);
    var rows =
        page.collect(
            console,
            query -> {
              query.put("within", within);
              query.put("older_than", olderThan);
              var answer = client.get(ReportApi.Report.class, query, "reports", name);
              return new PageOptions.Page<>(answer.items(), answer.next());
            });
    if (csv) {
      var table = Csv.to(console.out(), columns.toArray(String[]::new));
      rows.forEach(row -> table.row(cells(row, columns)));
    } else if (json) {
      console.printJson(new ReportApi.Report(name, rows, null));
    } else {
      var table =
          Table.of(
              columns.stream()
                  .map(column -> column.replace('_', ' ').toUpperCase(Locale.ROOT))
                  .toArray(String[]::new));
      rows.forEach(row -> table.row(cells(row, columns)));
      console.print(table);
    }
  }

  /// The fields that this report tells.
  private List<String> columns(AdminClient client) {
    return client.get(ReportApi.ReportKinds.class, "reports").items().stream()
        .filter(kind -> kind.name().equals(name))
        .findFirst()
        .map(ReportApi.ReportKind::columns)
        .orElseThrow(() ->
            CommandFailure.of(ExitCode.NOT_FOUND, "there is no report " + Printable.line(name))
                .next("See: nameplate report list"));
  }

  private static @Nullable Object[] cells(ReportApi.Row row, List<String> columns) {
    JsonNode fields = JSON.valueToTree(row);
    var cells = new @Nullable Object[columns.size()];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cell(fields.path(columns.get(i)), columns.get(i));
    }
    return cells;
  }

  private static @Nullable Object cell(JsonNode field, String column) {
    if (field.isMissingNode() || field.isNull()) {
      return null;
    }
    if (field.isNumber()) {
      return field.asLong();
    }
    boolean isTime = column.endsWith("_at") || column.equals("since") || column.equals("until");
    return isTime ? Instant.parse(field.asText()) : field.asText();
  }
}
