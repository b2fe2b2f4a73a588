package dev.nameplate.cli;

import dev.nameplate.cli.inventory.DeviceFormat;
import dev.nameplate.cli.inventory.DeviceWriter;
import dev.nameplate.server.admin.InventoryApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "export",
    description = {
      "Write the devices with all that is known of them, as `nameplate device import` reads it:"
          + " importing it where it came from changes nothing. Devices that were taken back are left"
          + " out, unless --state asks for them.",
      "",
      "Cells of a CSV file that a spreadsheet would run as a formula have an apostrophe before them;"
          + " an import takes it off again.",
      "",
      "Examples:",
      "  nameplate device export --out devices.csv",
      "  nameplate device export --format ndjson --details | jq -r .state | sort | uniq -c"
    })
final class DeviceExportCommand implements Runnable {

  private static final int PAGE = 1000;
  private static final List<String> TAKEN_BACK =
      List.of("retiring", "retired", "cancelled", "purged");

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only these: registered, enrolled, active, retired, ...")
  @Nullable String state;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "csv or ndjson. Without it: as the name of the file ends, else csv.")
  @Nullable DeviceFormat format;

  @Option(
      names = "--details",
      description = "Write state, epoch and times, too. That cannot be imported.")
  boolean details;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write to this file, which is replaced when all is there. Without it: stdout.")
  @Nullable Path out;

  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceExportCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var client = new AdminClient(context.required(console));
    if (out == null) {
      try {
        write(client, console.out());
        console.out().flush();
      } catch (IOException failed) {
        throw CommandFailure.error("stdout cannot be written to").because(failed);
      }
      return;
    }
    var target = out;
    var part = target.resolveSibling(target.getFileName() + ".part");
    try {
      long count;
      try (var writer = Files.newBufferedWriter(part)) {
        count = write(client, writer);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      console.say("Wrote %d devices to %s.".formatted(count, target));
    } catch (IOException failed) {
      throw CommandFailure.error(target + " cannot be written: " + failed.getMessage())
          .because(failed);
    }
  }

  private long write(AdminClient client, Appendable into) throws IOException {
    var writer = new DeviceWriter(into, format(), details);
    long count = 0;
    var after = Optional.<String>empty();
    do {
      var query = new HashMap<String, @Nullable Object>();
      query.put("state", state);
      query.put("after", after.orElse(null));
      query.put("limit", PAGE);
      var page = client.get(InventoryApi.Devices.class, query, "inventory", "devices");
      for (var device : page.items()) {
        if (state != null || !TAKEN_BACK.contains(device.state())) {
          writer.write(device);
          count++;
        }
      }
      after = Optional.ofNullable(page.next());
    } while (after.isPresent());
    return count;
  }

  private DeviceFormat format() {
    return Optional.ofNullable(format)
        .or(() -> Optional.ofNullable(out).flatMap(DeviceFormat::of))
        .orElse(DeviceFormat.CSV);
  }
}
