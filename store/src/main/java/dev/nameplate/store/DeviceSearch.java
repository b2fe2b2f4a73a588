package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.store.DeviceFilter;
import dev.nameplate.ca.store.DeviceFilter.Field;
import dev.nameplate.ca.store.DeviceFilter.Moment;
import dev.nameplate.ca.store.DeviceFilter.Span;
import dev.nameplate.ca.store.DevicePage;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.Within;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Finds devices among a million of them. One of the conditions chooses an index, along which the
/// rows are read in their order; the others are looked at row by row, at most [#LOOKED_AT] rows for
/// a page. So no question reads or sorts the whole table, and none waits for another.
final class DeviceSearch {

  /// A statement with its values.
  record Statement(String sql, List<Object> values) {}

  /// How many rows one statement reads where not all of them are wanted: few enough for PostgreSQL
  /// to go along the index.
  static final int AT_ONCE = 1_000;

  static final int LOOKED_AT = 20_000;

  private static final String COLUMNS =
      """
      kind, id, epoch, state, label, registered_at, retired_at, model, site, device_group, lot,
      held_by, hardware_serial, issued_at, expires_at
      """;

  /// Where a page ends: a time too, where the rows are in the order of one.
  private static final Pattern CURSOR = Pattern.compile("(\\d{1,18})\\.(.+)");

  /// Fields before which none is looked for, in the order of how few devices they usually leave;
  /// behind them come the times, and then these.
  private static final Set<Field> SELECTIVE =
      Set.of(Field.HARDWARE_SERIAL, Field.LOT, Field.OWNER, Field.SITE, Field.GROUP);

  /// The index that is gone along.
  private sealed interface Path {

    /// Rows with one value, by name.
    record Of(String column, Object value) implements Path {}

    /// Rows by a time, and by name.
    record By(String column, Span span) implements Path {}

    /// All rows by name.
    record All() implements Path {}
  }

  private final DeviceFilter filter;
  private final Path path;
  private final List<String> fits = new ArrayList<>();
  private final List<Object> fitting = new ArrayList<>();

  private DeviceSearch(DeviceFilter filter) {
    this.filter = filter;
    this.path = path(filter);
    others();
  }

  static DevicePage page(
      Connection connection, DeviceFilter filter, Optional<String> after, int limit)
      throws SQLException {
    return new DeviceSearch(filter).page(connection, after, limit);
  }

  /// The statement of the first page, for tests that ask how it is done.
  static Statement statement(DeviceFilter filter, Optional<String> after, int limit) {
    return new DeviceSearch(filter).statement(after, limit);
  }

  /// A row that was looked at.
  private record Seen(OwnerRecord record, boolean fits, String cursor) {}

  private DevicePage page(Connection connection, Optional<String> after, int limit)
      throws SQLException {
    var items = new ArrayList<OwnerRecord>();
    var cursor = after;
    for (int looked = 0; looked < LOOKED_AT; ) {
      var statement = statement(cursor, limit);
      var seen = Sql.list(connection, statement.sql(), this::seen, statement.values().toArray());
      for (var row : seen) {
        cursor = Optional.of(row.cursor());
        if (row.fits()) {
          items.add(row.record());
        }
        if (items.size() == limit) {
          return new DevicePage(items, cursor);
        }
      }
      if (seen.size() < atOnce(limit)) {
        return new DevicePage(items, Optional.empty());
      }
      looked += seen.size();
    }
    return new DevicePage(items, cursor);
  }

  private int atOnce(int limit) {
    return fits.isEmpty() ? limit : AT_ONCE;
  }

  private Seen seen(ResultSet row) throws SQLException {
    var record = Owners.record(row);
    var id = record.owner().id();
    return new Seen(
        record,
        row.getBoolean("fits"),
        path instanceof Path.By(var column, _) ? row.getLong(column) + "." + id : id);
  }

  private Statement statement(Optional<String> after, int limit) {
    var values = new ArrayList<>(fitting);
    var where = new StringBuilder("WHERE kind = ?");
    values.add(OwnerKind.DEVICE.text());
    var order =
        switch (path) {
          case Path.All() -> {
            byName(where, values, after);
            yield "kind, id";
          }
          case Path.Of(var column, var value) -> {
            where.append(" AND ").append(column).append(" = ?");
            values.add(value);
            byName(where, values, after);
            yield "kind, " + column + ", id";
          }
          case Path.By(var column, var span) -> {
            byTime(where, values, column, span, after);
            yield "kind, " + column + ", id";
          }
        };
    values.add(atOnce(limit));
    return new Statement(
        "SELECT %s, %s AS fits FROM owner %s ORDER BY %s FETCH FIRST ? ROWS ONLY"
            .formatted(
                COLUMNS,
                fits.isEmpty() ? "TRUE" : "(" + String.join(" AND ", fits) + ")",
                where,
                order),
        values);
  }

  private void byName(StringBuilder where, List<Object> values, Optional<String> after) {
    after.ifPresent(id -> {
      where.append(" AND id > ?");
      values.add(id);
    });
    filter
        .idPrefix()
        .filter(prefix -> !prefix.isEmpty())
        .ifPresent(prefix -> {
          where.append(" AND id >= ? AND id < ?");
          values.add(prefix);
          values.add(behind(prefix));
        });
  }

  private static void byTime(
      StringBuilder where, List<Object> values, String column, Span span, Optional<String> after) {
    var from = span.from().map(AuditRow::micros).orElse(1L);
    if (after.isPresent()) {
      var cursor = CURSOR.matcher(after.get());
      if (!cursor.matches()) {
        throw new IllegalArgumentException("after: '" + after.get() + "' is of another question");
      }
      // PostgreSQL goes along its index for the second comparison, H2 for the first
      long time = Long.parseLong(cursor.group(1));
      where.append(" AND %s >= ? AND (%s, id) > (?, ?)".formatted(column, column));
      values.addAll(List.of(Math.max(from, time), time, cursor.group(2)));
    } else {
      where.append(" AND %s >= ?".formatted(column));
      values.add(from);
    }
    span.before()
        .ifPresent(before -> {
          where.append(" AND %s < ?".formatted(column));
          values.add(before);
        });
  }

  /// The first name behind all that begin with the prefix, byte by byte.
  private static String behind(String prefix) {
    int last = prefix.length() - 1;
    return prefix.substring(0, last) + (char) (prefix.charAt(last) + 1);
  }

  private static Path path(DeviceFilter filter) {
    var selective =
        filter.is().keySet().stream().filter(SELECTIVE::contains).min(Comparator.naturalOrder());
    if (selective.isPresent()) {
      return of(filter, selective.get());
    }
    if (filter.neverIssued()) {
      return new Path.Of("issued_at", 0L);
    }
    for (var moment : List.of(Moment.ISSUED, Moment.EXPIRES, Moment.REGISTERED)) {
      if (filter.when().containsKey(moment)) {
        return new Path.By(column(moment), filter.when().get(moment));
      }
    }
    if (filter.idPrefix().filter(prefix -> !prefix.isEmpty()).isPresent()) {
      return new Path.All();
    }
    return filter.is().keySet().stream()
        .min(Comparator.naturalOrder())
        .map(field -> of(filter, field))
        .or(() -> filter.within().flatMap(DeviceSearch::onlyPlace))
        .orElseGet(Path.All::new);
  }

  private static Path of(DeviceFilter filter, Field field) {
    return new Path.Of(column(field), filter.is().getOrDefault(field, ""));
  }

  private static Optional<Path> onlyPlace(Within within) {
    if (within.groups().size() + within.lots().size() + within.sites().size() != 1
        || !within.labels().isEmpty()) {
      return Optional.empty();
    }
    for (var place : places(within)) {
      if (!place.getValue().isEmpty()) {
        return Optional.of(new Path.Of(place.getKey(), place.getValue().iterator().next()));
      }
    }
    return Optional.empty();
  }

  /// What the path leaves to be looked at row by row.
  private void others() {
    for (var field : Field.values()) {
      var value = filter.is().get(field);
      if (value != null && !isPath(column(field))) {
        fits.add(column(field) + " = ?");
        fitting.add(value);
      }
    }
    for (var moment : Moment.values()) {
      var span = filter.when().get(moment);
      if (span != null && !isPath(column(moment))) {
        fits.add(column(moment) + " >= ?");
        fitting.add(span.from().map(AuditRow::micros).orElse(1L));
        span.before()
            .ifPresent(before -> {
              fits.add(column(moment) + " < ?");
              fitting.add(before);
            });
      }
    }
    if (filter.neverIssued() && !isPath("issued_at")) {
      fits.add("issued_at = 0");
    } else if (filter.neverIssued() && filter.when().containsKey(Moment.ISSUED)) {
      fits.add("FALSE");
    }
    if (path instanceof Path.By && filter.idPrefix().filter(p -> !p.isEmpty()).isPresent()) {
      fits.add("id >= ? AND id < ?");
      fitting.add(filter.idPrefix().get());
      fitting.add(behind(filter.idPrefix().get()));
    }
    filter.within().ifPresent(this::within);
  }

  private boolean isPath(String column) {
    return switch (path) {
      case Path.Of(var taken, _) -> taken.equals(column);
      case Path.By(var taken, _) -> taken.equals(column);
      case Path.All() -> false;
    };
  }

  private void within(Within within) {
    if (onlyPlace(within).filter(path::equals).isPresent()) {
      return;
    }
    var any = new ArrayList<String>();
    for (var place : places(within)) {
      if (!place.getValue().isEmpty()) {
        any.add(place.getKey() + " IN (?" + ", ?".repeat(place.getValue().size() - 1) + ")");
        fitting.addAll(place.getValue());
      }
    }
    fits.add(any.isEmpty() ? "FALSE" : "(" + String.join(" OR ", any) + ")");
  }

  private static List<Map.Entry<String, Set<String>>> places(Within within) {
    return List.of(
        Map.entry("device_group", within.groups()),
        Map.entry("lot", within.lots()),
        Map.entry("site", within.sites()),
        Map.entry("label", within.labels()));
  }

  private static String column(Field field) {
    return switch (field) {
      case HARDWARE_SERIAL -> "hardware_serial";
      case LOT -> "lot";
      case OWNER -> "held_by";
      case SITE -> "site";
      case GROUP -> "device_group";
      case MODEL -> "model";
      case LABEL -> "label";
      case STATE -> "state";
    };
  }

  private static String column(Moment moment) {
    return switch (moment) {
      case REGISTERED -> "registered_at";
      case ISSUED -> "issued_at";
      case EXPIRES -> "expires_at";
    };
  }
}
