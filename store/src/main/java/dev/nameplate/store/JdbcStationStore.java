package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.store.StationStore;
import java.sql.SQLException;
import java.util.Set;

/// What the stations work for, in the database.
final class JdbcStationStore implements StationStore {

  private final GroupCommit writer;
  private final Reader reader;

  JdbcStationStore(GroupCommit writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public boolean assign(Owner station, Set<String> labels, AuditEvent.StationAssigned why) {
    return writer.submit(
        Lane.ISSUE,
        station.foldedName(),
        "assign " + station,
        transaction -> {
          if (station.kind() != OwnerKind.STATION || Owners.lock(transaction, station).isEmpty()) {
            return false;
          }
          transaction.update(
              "DELETE FROM station_label WHERE owner_kind = ? AND owner_id = ?",
              station.kind().text(),
              station.id());
          for (var label : labels) {
            transaction.update(
                "INSERT INTO station_label (owner_kind, owner_id, label) VALUES (?, ?, ?)",
                station.kind().text(),
                station.id(),
                label);
          }
          transaction.record(why);
          return true;
        });
  }

  @Override
  public Set<String> assignment(Owner station) {
    return Set.copyOf(
        reader.read(connection ->
            Sql.list(
                connection,
                "SELECT label FROM station_label WHERE owner_kind = ? AND owner_id = ?",
                row -> row.getString("label"),
                station.kind().text(),
                station.id())));
  }

  /// Whether the station works for the label now.
  static boolean works(Transaction transaction, Owner station, String label) throws SQLException {
    return transaction
        .first(
            "SELECT 1 FROM station_label WHERE owner_kind = ? AND owner_id = ? AND label = ?",
            row -> row.getInt(1),
            station.kind().text(),
            station.id(),
            label)
        .isPresent();
  }
}
