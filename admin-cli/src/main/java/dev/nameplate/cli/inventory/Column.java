package dev.nameplate.cli.inventory;

import dev.nameplate.server.admin.InventoryApi;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a file says of a device. The names never change.
public enum Column {
  ID,
  PROFILE,
  MODEL,
  SITE,
  GROUP,
  LOT,
  OWNER,
  HARDWARE_SERIAL;

  private static final int LONGEST_CELL = 1000;
  private static final int LONGEST_SHOWN = 60;

  /// As in a header: `hardware_serial`.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Column> of(String text) {
    return Arrays.stream(values()).filter(column -> column.text().equals(text)).findFirst();
  }

  /// All of them, for messages.
  static String list() {
    return Arrays.stream(values()).map(Column::text).collect(Collectors.joining(", "));
  }

  /// A name that nobody knows, as a message shows it.
  static String shown(String name) {
    return "'"
        + (name.length() > LONGEST_SHOWN ? name.substring(0, LONGEST_SHOWN) + "…" : name)
        + "'";
  }

  /// What is wrong with the text of a cell, whatever it means.
  static Optional<String> wrong(String text) {
    if (text.length() > LONGEST_CELL) {
      return Optional.of("has " + text.length() + " characters, and " + LONGEST_CELL + " at most");
    }
    if (text.indexOf('\uFFFD') >= 0) {
      return Optional.of("is not UTF-8");
    }
    return text.chars()
        .filter(Character::isISOControl)
        .mapToObj(control -> "has the control character U+%04X".formatted(control))
        .findFirst();
  }

  static InventoryApi.Row row(long line, Map<Column, @Nullable String> cells) {
    return new InventoryApi.Row(
        line,
        cells.get(ID),
        cells.get(PROFILE),
        cells.get(MODEL),
        cells.get(SITE),
        cells.get(GROUP),
        cells.get(LOT),
        cells.get(OWNER),
        cells.get(HARDWARE_SERIAL),
        null);
  }
}
