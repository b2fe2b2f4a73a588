package dev.nameplate.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rows in aligned columns, for people. Every cell is made [Printable].
final class Table {

  private static final String GAP = "   ";

  private final List<List<String>> rows = new ArrayList<>();

  private Table() {}

  static Table of(String... heads) {
    return new Table().row((Object[]) heads);
  }

  /// Names and their values, one pair a line.
  static Table pairs() {
    return new Table();
  }

  /// One more row; what is null is shown as a dash, an instant with whole seconds.
  Table row(@Nullable Object... cells) {
    rows.add(Arrays.stream(cells).map(cell -> cell == null ? "-" : text(cell)).toList());
    return this;
  }

  @Override
  public String toString() {
    var widths = new ArrayList<Integer>();
    for (var row : rows) {
      for (int i = 0; i < row.size(); i++) {
        int width = row.get(i).codePointCount(0, row.get(i).length());
        if (i == widths.size()) {
          widths.add(width);
        } else {
          widths.set(i, Math.max(widths.get(i), width));
        }
      }
    }
    var text = new StringBuilder();
    for (var row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        var cell = row.get(i);
        line.append(i == 0 ? "" : GAP)
            .append(cell)
            .repeat(" ", widths.get(i) - cell.codePointCount(0, cell.length()));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String text(Object cell) {
    return cell instanceof Instant instant
        ? instant.truncatedTo(ChronoUnit.SECONDS).toString()
        : Printable.line(cell.toString());
  }
}
