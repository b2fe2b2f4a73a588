package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditRow;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// The audit chain of this process, and the number of its commits. Used by the writer thread only.
final class AuditChain {

  private static final DateTimeFormatter BY_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /// Where a chain stands.
  record Head(String chain, long sequence, String hash, long commits) {}

  private final Dialect dialect;
  private final String node;
  private Head head;

  private AuditChain(Dialect dialect, String node, Head head) {
    this.dialect = dialect;
    this.node = node;
    this.head = head;
  }

  /// A chain that has no row yet; its name sorts by the time at which it begins.
  static AuditChain begin(Dialect dialect, String node, Instant now, RandomGenerator random) {
    var chain = "%s-%08x".formatted(BY_TIME.format(now), random.nextInt());
    return new AuditChain(dialect, node, new Head(chain, 0, AuditRow.NOTHING_BEFORE, 0));
  }

  Head head() {
    return head;
  }

  /// Writes the first row, which names the end of the chain before: of this node, or if it has none
  /// the newest of any.
  Head start(Connection connection, Instant now) throws SQLException {
    var previous =
        Sql.first(
                connection,
                """
                SELECT chain, sequence, hash, commits FROM audit_chain
                ORDER BY CASE WHEN node = ? THEN 0 ELSE 1 END, started_at DESC, chain DESC
                FETCH FIRST 1 ROWS ONLY
                """,
                AuditChain::head,
                node)
            .orElse(new Head("", 0, AuditRow.NOTHING_BEFORE, 0));
    Sql.update(
        connection,
        """
        INSERT INTO audit_chain (chain, node, started_at, sequence, hash, commits, previous_chain,
                                 previous_sequence)
        VALUES (?, ?, ?, 0, ?, 0, ?, ?)
        """,
        head.chain(),
        node,
        now,
        head.hash(),
        previous.chain(),
        previous.sequence());
    var started =
        new AuditEvent.ChainStarted(node, previous.chain(), previous.sequence(), previous.hash());
    return write(connection, List.of(started), now);
  }

  /// Chains the events onto the head, and counts a commit. The result is the new head, once the
  /// transaction is known to be committed; see [#committed].
  Head write(Connection connection, List<AuditEvent> events, Instant now) throws SQLException {
    var rows = new ArrayList<AuditRow>(events.size());
    var hash = head.hash();
    for (var event : events) {
      var row = AuditRow.next(head.chain(), head.sequence() + rows.size() + 1, now, hash, event);
      rows.add(row);
      hash = row.hash();
    }
    insert(connection, rows);
    var next = new Head(head.chain(), head.sequence() + rows.size(), hash, head.commits() + 1);
    Sql.update(
        connection,
        "UPDATE audit_chain SET sequence = ?, hash = ?, commits = ? WHERE chain = ?",
        next.sequence(),
        next.hash(),
        next.commits(),
        next.chain());
    return next;
  }

  void committed(Head next) {
    head = next;
  }

  /// Where the chain stands in the database. Waits for a transaction of ours that the database may
  /// still be at work on, for that holds the row.
  Optional<Head> inDatabase(Connection connection) throws SQLException {
    return Sql.first(
        connection,
        "SELECT chain, sequence, hash, commits FROM audit_chain WHERE chain = ? FOR UPDATE",
        AuditChain::head,
        head.chain());
  }

  private void insert(Connection connection, List<AuditRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    try (var payloads = connection.prepareStatement(dialect.insertPayload());
        var statement =
            connection.prepareStatement(
                """
                INSERT INTO audit_row (chain, sequence, at_micros, previous_hash, payload_hash,
                                       hash, kind, subject)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)) {
      for (var row : rows) {
        Sql.bind(payloads, row.payloadHash(), row.payload());
        payloads.addBatch();
        Sql.bind(
            statement,
            row.chain(),
            row.sequence(),
            row.at(),
            row.previousHash(),
            row.payloadHash(),
            row.hash(),
            row.kind(),
            row.subject());
        statement.addBatch();
      }
      payloads.executeBatch();
      statement.executeBatch();
    }
  }

  private static Head head(ResultSet row) throws SQLException {
    return new Head(
        row.getString("chain"),
        row.getLong("sequence"),
        row.getString("hash"),
        row.getLong("commits"));
  }
}
