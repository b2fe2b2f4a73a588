package dev.nameplate.cli.inventory;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.InventoryApi;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Writes devices as a [DeviceFile] reads them, one at a time: nothing is kept.
public final class DeviceWriter {

  private static final ObjectWriter JSON =
      AdminApi.json().writer().with(JsonWriteFeature.ESCAPE_NON_ASCII);
  private static final List<String> DETAILS =
      List.of("state", "epoch", "registered_at", "retired_at");

  private final Appendable into;
  private final DeviceFormat format;
  private final boolean details;

  /// @param into in UTF-8; it is for the caller to close
  /// @param details whether to write what cannot be imported, too
  public DeviceWriter(Appendable into, DeviceFormat format, boolean details) throws IOException {
    this.into = into;
    this.format = format;
    this.details = details;
    if (format == DeviceFormat.CSV) {
      row(
          Stream.concat(
              Arrays.stream(Column.values()).map(Column::text),
              details ? DETAILS.stream() : Stream.empty()));
    }
  }

  public void write(InventoryApi.Device device) throws IOException {
    switch (format) {
      case CSV -> row(cells(device).map(DeviceWriter::text));
      case NDJSON ->
          into.append(JSON.writeValueAsString(details ? device : row(device))).append('\n');
    }
  }

  private void row(Stream<String> cells) throws IOException {
    into.append(cells.map(DeviceWriter::quoted).collect(Collectors.joining(",", "", "\r\n")));
  }

  private Stream<@Nullable Object> cells(InventoryApi.Device device) {
    var importable =
        Stream.<@Nullable Object>of(
            device.id(),
            device.profile(),
            device.model(),
            device.site(),
            device.group(),
            device.lot(),
            device.owner(),
            device.hardwareSerial());
    var more =
        Stream.<@Nullable Object>of(
            device.state(), device.epoch(), device.registeredAt(), device.retiredAt());
    return details ? Stream.<@Nullable Object>concat(importable, more) : importable;
  }

  private static Importable row(InventoryApi.Device device) {
    return new Importable(
        device.id(),
        device.profile(),
        device.model(),
        device.site(),
        device.group(),
        device.lot(),
        device.owner(),
        device.hardwareSerial());
  }

  private static String text(@Nullable Object cell) {
    return cell == null ? "" : FormulaSafe.write(cell.toString());
  }

  private static String quoted(String cell) {
    return cell.chars().anyMatch(c -> c == '"' || c == ',' || c == '\r' || c == '\n')
            || !cell.strip().equals(cell)
        ? "\"" + cell.replace("\"", "\"\"") + "\""
        : cell;
  }

  /// The fields that can be imported, by the names of the columns.
  private record Importable(
      String id,
      String profile,
      @Nullable String model,
      @Nullable String site,
      @Nullable String group,
      @Nullable String lot,
      @Nullable String owner,
      @Nullable String hardwareSerial) {}
}
