package dev.nameplate.store;

import dev.nameplate.ca.audit.ChainHead;
import dev.nameplate.ca.audit.Checkpoint.CrlNumber;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CheckpointStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// The checkpoints in the database.
final class JdbcCheckpointStore implements CheckpointStore {

  private static final String SELECT = "SELECT number, at_micros, node, jws FROM audit_checkpoint ";

  private record Place(String chain, long sequence) {}

  private record Row(ChainHead end, Place previous) {}

  private final Writer writer;
  private final Reader reader;

  JdbcCheckpointStore(Writer writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public LogState logState() {
    return reader.readSnapshot(connection -> {
      var rows =
          Sql.list(
              connection,
              """
              SELECT chain, sequence, hash, previous_chain, previous_sequence FROM audit_chain
              WHERE sequence > 0 ORDER BY chain
              """,
              row ->
                  new Row(
                      new ChainHead(
                          row.getString("chain"), row.getLong("sequence"), row.getString("hash")),
                      previous(row)));
      var continued = new HashSet<Place>();
      rows.forEach(row -> continued.add(row.previous()));
      var ends = rows.stream().map(Row::end).toList();
      return new LogState(
          ends.stream().mapToLong(ChainHead::sequence).sum(),
          ends,
          ends.stream()
              .filter(end -> !continued.contains(new Place(end.chain(), end.sequence())))
              .toList(),
          Sql.list(
              connection,
              """
              SELECT issuer_id, scope, latest_number FROM crl_scope
              WHERE latest_number > 0 ORDER BY issuer_id, scope
              """,
              row ->
                  new CrlNumber(
                      new IssuerId(row.getString("issuer_id")),
                      new CrlScope(row.getString("scope")),
                      row.getLong("latest_number"))));
    });
  }

  /// None is written as the empty chain.
  private static Place previous(ResultSet row) throws SQLException {
    var chain = Optional.ofNullable(row.getString("previous_chain"));
    return new Place(chain.orElse(""), row.getLong("previous_sequence"));
  }

  @Override
  public Optional<Stored> latestCheckpoint() {
    return reader.read(connection ->
        Sql.first(
            connection,
            SELECT + "ORDER BY number DESC FETCH FIRST 1 ROWS ONLY",
            JdbcCheckpointStore::stored));
  }

  @Override
  public List<Stored> checkpointsAfter(long number, int limit) {
    return reader.read(connection ->
        Sql.list(
            connection,
            SELECT + "WHERE number > ? ORDER BY number FETCH FIRST ? ROWS ONLY",
            JdbcCheckpointStore::stored,
            number,
            limit));
  }

  @Override
  public boolean addCheckpoint(Stored next, long after) {
    return writer.submit(
        Lane.ISSUE,
        "~checkpoint",
        "add checkpoint " + next.number(),
        transaction ->
            transaction.update(
                    """
                    INSERT INTO audit_checkpoint (number, at_micros, node, jws)
                    SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), ?, ?
                    WHERE (SELECT COALESCE(MAX(number), 0) FROM audit_checkpoint) = ?
                    """,
                    next.number(),
                    next.at(),
                    next.node(),
                    next.jws(),
                    after)
                == 1);
  }

  private static Stored stored(ResultSet row) throws SQLException {
    return new Stored(
        row.getLong("number"),
        Sql.instant(row, "at_micros"),
        row.getString("node"),
        row.getString("jws"));
  }
}
