package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.SerialNumber;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Runs statements, and says how values are written into columns and read from them.
///
/// Statements that page through a table order by all columns of the index that they go along, also
/// by those that their condition fixes: H2 sorts the whole rest for each page otherwise.
final class Sql {

  private static final int SERIAL_DIGITS = 40;

  /// Makes a value of the current row.
  @FunctionalInterface
  interface Reading<T> {
    T read(ResultSet row) throws SQLException;
  }

  private Sql() {}

  static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  static int update(Connection connection, String sql, Object... values) throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      return statement.executeUpdate();
    }
  }

  /// The same for each row of values.
  static void updateEach(Connection connection, String sql, List<Object[]> rows)
      throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      for (var values : rows) {
        bind(statement, values);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  static <T> List<T> list(Connection connection, String sql, Reading<T> reading, Object... values)
      throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      try (var rows = statement.executeQuery()) {
        var list = new ArrayList<T>();
        while (rows.next()) {
          list.add(reading.read(rows));
        }
        return list;
      }
    }
  }

  /// The first row, if there is one.
  static <T> Optional<T> first(
      Connection connection, String sql, Reading<T> reading, Object... values) throws SQLException {
    return list(connection, sql, reading, values).stream().findFirst();
  }

  static void bind(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, column(values[i]));
    }
  }

  /// How a value is written: times as microseconds, serials padded, bytes as bytes, what is empty
  /// as NULL.
  private static @Nullable Object column(Object value) {
    return switch (value) {
      case Optional<?> optional -> optional.isPresent() ? column(optional.get()) : null;
      case Instant instant -> AuditRow.micros(instant);
      case Der der -> der.toByteArray();
      case SerialNumber serial -> padded(serial);
      case Enum<?> constant -> constant.name();
      case String _, Integer _, Long _, Boolean _, byte[] _ -> value;
      default -> throw new IllegalArgumentException("no column for a " + value.getClass());
    };
  }

  static String padded(SerialNumber serial) {
    var hex = serial.hex();
    return "0".repeat(SERIAL_DIGITS - hex.length()) + hex;
  }

  static SerialNumber serial(ResultSet row, String column) throws SQLException {
    return SerialNumber.ofHex(row.getString(column));
  }

  static Instant instant(ResultSet row, String column) throws SQLException {
    return Instant.EPOCH.plus(row.getLong(column), ChronoUnit.MICROS);
  }

  static Optional<Instant> optionalInstant(ResultSet row, String column) throws SQLException {
    var at = instant(row, column);
    return row.wasNull() ? Optional.empty() : Optional.of(at);
  }
}
