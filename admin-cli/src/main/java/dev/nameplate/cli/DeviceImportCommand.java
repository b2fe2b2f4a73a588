package dev.nameplate.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.cli.inventory.DeviceFile;
import dev.nameplate.cli.inventory.DeviceFormat;
import dev.nameplate.cli.inventory.Line;
import dev.nameplate.cli.inventory.UnreadableFileException;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.InventoryApi;
import java.io.BufferedWriter;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "import",
    description = {
      "Register the devices of a file: CSV (RFC 4180) with a header, or a JSON object in each line."
          + " Columns, in any order: id, profile, model, site, group, lot, owner, hardware_serial."
          + " A column that is not there is left as it is; an empty cell says that there is none.",
      "",
      "A device that is there already as its row says is unchanged, so an import that was broken off"
          + " is just run again. One that is there with other attributes is a conflict, and stays as"
          + " it is without --update. Exit code 6: some rows failed, all others are done.",
      "",
      "With --secrets, that file has a one-time secret for every device of the import that was never"
          + " enrolled; whoever is in it already is not given another.",
      "",
      "Examples:",
      "  nameplate device import devices.csv --dry-run",
      "  nameplate device import devices.csv --results out.jsonl --secrets secrets.csv"
    })
final class DeviceImportCommand implements Runnable {

  private static final ObjectMapper JSON = AdminApi.json();
  private static final int MOST_SHOWN = 20;
  private static final List<String> FAILED = List.of("conflict", "invalid");

  @Parameters(paramLabel = "FILE", description = "The devices, in UTF-8.")
  Path file = Path.of("");

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "csv or ndjson. Without it: as the name of the file ends.")
  @Nullable DeviceFormat format;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      defaultValue = "device",
      description = "The profile where a row names none. Default: ${DEFAULT-VALUE}.")
  String profile = "device";

  @Option(
      names = "--update",
      description = "Give devices that are there with other attributes those of their rows.")
  boolean update;

  @Option(
      names = "--results",
      paramLabel = "FILE",
      description = "Write what became of each row to this file, as a JSON object in each line.")
  @Nullable Path results;

  @Option(
      names = "--secrets",
      paramLabel = "FILE",
      description =
          "Make one-time secrets, and write them to this file, for its owner only (0600).")
  @Nullable Path secrets;

  @Option(
      names = "--secret-uses",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many enrollments a secret serves for. Default: ${DEFAULT-VALUE}.")
  int uses = 1;

  @Option(
      names = "--secret-ttl",
      paramLabel = "TIME",
      defaultValue = "24h",
      description = "How long a secret serves: 30m, 24h, 7d. Default: ${DEFAULT-VALUE}.")
  Duration lifetime = Duration.ofHours(24);

  @Mixin DryRun dryRun = new DryRun();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceImportCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    if (dryRun.wanted && secrets != null) {
      throw CommandFailure.of(ExitCode.USAGE, "--dry-run makes no secrets: leave --secrets out");
    }
    var client = new AdminClient(context.required(console));
    try (var rows = new Counting(Files.newInputStream(file));
        var devices = DeviceFile.open(rows, format());
        var work = new Work(client, Progress.of(console, Files.size(file)), rows)) {
      work.takeAll(devices);
      print(json, work);
    } catch (UnreadableFileException unreadable) {
      throw CommandFailure.error(file + ", " + unreadable.getMessage())
          .next("No row from there on was looked at. Correct it, and run it again.");
    } catch (IOException failed) {
      throw Inputs.unreadable(file, failed);
    }
  }

  private DeviceFormat format() {
    return Optional.ofNullable(format)
        .or(() -> DeviceFormat.of(file))
        .orElseThrow(() ->
            CommandFailure.of(ExitCode.USAGE, "which format is " + file + " in?")
                .next("--format csv, or --format ndjson."));
  }

  private void print(boolean json, Work work) {
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("rows", work.rows);
      answer.putAll(work.counts());
      console.printJson(answer);
    } else {
      var table = Table.pairs().row("rows", work.rows);
      work.counts().forEach(table::row);
      console.print(table);
    }
    if (work.failures() > 0) {
      throw CommandFailure.of(
              ExitCode.PARTIAL, work.failures() + " of " + work.rows + " rows failed")
          .next(
              results == null
                  ? "--results FILE says for each row what was found."
                  : "See " + results + ".");
    }
  }

  /// What was read so far of the file, in bytes.
  private static final class Counting extends FilterInputStream {

    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      count += next < 0 ? 0 : 1;
      return next;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }

  /// The rows on their way, part by part.
  private final class Work implements AutoCloseable {

    private final AdminClient client;
    private final Progress progress;
    private final Counting read;
    private final @Nullable BufferedWriter written;
    private final @Nullable SecretsFile secretsFile;
    private final Map<String, Long> outcomes = new TreeMap<>();
    private long rows;

    Work(AdminClient client, Progress progress, Counting read) throws IOException {
      this.client = client;
      this.progress = progress;
      this.read = read;
      this.secretsFile = secrets == null ? null : SecretsFile.open(secrets);
      this.written = results == null ? null : Files.newBufferedWriter(results);
    }

    void takeAll(DeviceFile devices) throws IOException, UnreadableFileException {
      var part = new ArrayList<InventoryApi.Row>();
      int characters = 0;
      try {
        for (var line = devices.next(); line.isPresent(); line = devices.next()) {
          switch (line.get()) {
            case Line.Wrong(var number, var id, var what) ->
                done(new InventoryApi.Result(number, id, "invalid", what, null));
            case Line.Row(var row) -> {
              part.add(wanted(row));
              characters += characters(row);
            }
          }
          if (part.size() == InventoryApi.MOST_ROWS
              || characters > InventoryApi.MOST_CHARACTERS / 2) {
            send(part);
            characters = 0;
          }
        }
      } finally {
        // what was read before something is wrong is done all the same
        send(part);
        progress.end();
      }
    }

    private InventoryApi.Row wanted(InventoryApi.Row row) {
      return secretsFile == null || (row.id() != null && secretsFile.has(row.id()))
          ? row
          : row.withSecret();
    }

    private void send(List<InventoryApi.Row> part) throws IOException {
      if (part.isEmpty()) {
        return;
      }
      var sent = List.copyOf(part);
      part.clear();
      var answer =
          client.post(
              InventoryApi.Imported.class,
              new InventoryApi.Import(
                  sent,
                  profile,
                  update,
                  dryRun.wanted,
                  secretsFile == null ? null : new AdminApi.NewSecret(uses, lifetime)),
              "inventory",
              "import");
      if (secretsFile != null) {
        for (var result : answer.items()) {
          if (result.id() != null && result.secret() != null) {
            secretsFile.add(result.id(), result.secret());
          }
        }
        secretsFile.flush();
      }
      for (var result : answer.items()) {
        done(result);
      }
      if (written != null) {
        written.flush();
      }
      progress.at(read.count, rows);
    }

    private void done(InventoryApi.Result result) throws IOException {
      rows++;
      outcomes.merge(result.outcome(), 1L, Long::sum);
      if (written != null) {
        written.append(json(result)).append('\n');
      }
      if (FAILED.contains(result.outcome())) {
        say(result);
      }
    }

    private void say(InventoryApi.Result failed) {
      long nth = failures();
      if (nth <= MOST_SHOWN) {
        progress.end();
        console.say(
            "line %d: %s: %s: %s"
                .formatted(failed.line(), failed.id(), failed.outcome(), failed.detail()));
      }
      if (nth == MOST_SHOWN) {
        console.say("More of these are not shown.");
      }
    }

    long failures() {
      return FAILED.stream().mapToLong(each -> outcomes.getOrDefault(each, 0L)).sum();
    }

    /// In the order in which they are told, those without a row, too.
    Map<String, Long> counts() {
      var counts = new LinkedHashMap<String, Long>();
      for (var outcome : List.of("created", "unchanged", "updated", "conflict", "invalid")) {
        counts.put(outcome, outcomes.getOrDefault(outcome, 0L));
      }
      return counts;
    }

    @Override
    public void close() throws IOException {
      if (secretsFile != null) {
        secretsFile.close();
      }
      if (written != null) {
        written.close();
      }
    }
  }

  private static int characters(InventoryApi.Row row) {
    return json(row).length();
  }

  private static String json(InventoryApi.Result result) {
    return json(
        (Object)
            new InventoryApi.Result(
                result.line(), result.id(), result.outcome(), result.detail(), null));
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a row that is no JSON", impossible);
    }
  }
}
