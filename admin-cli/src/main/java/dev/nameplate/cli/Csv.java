package dev.nameplate.cli;

import dev.nameplate.cli.inventory.FormulaSafe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Comma-separated values (RFC 4180), written row by row: nothing is kept. Made for spreadsheets,
/// so a text that one would run as a formula gets an apostrophe before it, and what could move a
/// cursor is spelled out as in [Printable].
///
/// `null` is an empty cell; an `Instant` is in ISO 8601.
final class Csv {

  private static final String END = "\r\n";

  private final Appendable into;
  private final int columns;

  private Csv(Appendable into, int columns) {
    this.into = into;
    this.columns = columns;
  }

  /// Begins with a row of names.
  ///
  /// @param into in UTF-8; it is for the caller to close
  static Csv to(Appendable into, String... heads) {
    return new Csv(into, heads.length).row((Object[]) heads);
  }

  /// One more row.
  ///
  /// @throws IllegalArgumentException if it does not have as many cells as the first
  Csv row(@Nullable Object... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(cells.length + " cells for " + columns + " columns");
    }
    try {
      into.append(Arrays.stream(cells).map(Csv::cell).collect(Collectors.joining(",", "", END)));
    } catch (IOException full) {
      throw new UncheckedIOException(full);
    }
    return this;
  }

  /// One cell as it is written. A number is a number, also below zero.
  static String cell(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    var text = value.toString();
    var safe = Printable.line(text);
    if (!(value instanceof Number) && !FormulaSafe.write(text).equals(text)) {
      safe = "'" + safe;
    }
    return safe.indexOf('"') >= 0 || safe.indexOf(',') >= 0 || !safe.strip().equals(safe)
        ? "\"" + safe.replace("\"", "\"\"") + "\""
        : safe;
  }

  /// What a cell was before [#cell] put an apostrophe before it: for whoever reads again what was
  /// exported. The quotes of CSV are off already.
  static String unguarded(String text) {
    return FormulaSafe.read(text);
  }
}
