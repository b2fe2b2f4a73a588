package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.SerialNumber;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.TreeMap;

/// What a piece of work sees of the transaction that it shares with others: statements, and a
/// journal of what has to be written at its end. Used by the writer thread only.
final class Transaction {

  record Scoped(IssuerId issuer, CrlScope scope) {
    static final Comparator<Scoped> ORDER =
        Comparator.comparing((Scoped scoped) -> scoped.issuer().hex())
            .thenComparing(scoped -> scoped.scope().name());
  }

  private final Connection connection;
  private final List<AuditEvent> events = new ArrayList<>();
  private final Map<Scoped, SequencedSet<SerialNumber>> changes = new TreeMap<>(Scoped.ORDER);
  private boolean changed;

  Transaction(Connection connection) {
    this.connection = connection;
  }

  int update(String sql, Object... values) throws SQLException {
    changed = true;
    return Sql.update(connection, sql, values);
  }

  void updateEach(String sql, List<Object[]> rows) throws SQLException {
    changed = true;
    Sql.updateEach(connection, sql, rows);
  }

  <T> List<T> list(String sql, Sql.Reading<T> reading, Object... values) throws SQLException {
    return Sql.list(connection, sql, reading, values);
  }

  <T> Optional<T> first(String sql, Sql.Reading<T> reading, Object... values) throws SQLException {
    return Sql.first(connection, sql, reading, values);
  }

  /// The event is chained at the end of the transaction, when all outcomes are known.
  void record(AuditEvent event) {
    changed = true;
    events.add(event);
  }

  /// The change is counted and numbered at the end: the row that all changes share is touched once.
  void statusChanged(IssuerId issuer, CrlScope scope, SerialNumber serial) {
    changes.computeIfAbsent(new Scoped(issuer, scope), _ -> new LinkedHashSet<>()).addLast(serial);
  }

  /// Whether anything was written since this was last asked.
  boolean takeChanged() {
    var since = changed;
    changed = false;
    return since;
  }

  List<AuditEvent> events() {
    return events;
  }

  /// The certificates whose status changed, by scope in the one order in which all nodes take these
  /// rows, and in each in the order of their last changes.
  Map<Scoped, SequencedSet<SerialNumber>> changes() {
    return changes;
  }
}
