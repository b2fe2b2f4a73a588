package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditQuery;
import dev.nameplate.ca.audit.AuditRow;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The audit log in the database: the chains of all processes that ever wrote.
final class JdbcAuditLog implements AuditLog {

  private static final String SELECT =
      """
      SELECT r.chain, r.sequence, r.at_micros, r.previous_hash, r.payload_hash, r.hash, r.kind,
             r.subject, p.json
      FROM audit_row r LEFT JOIN audit_payload p ON p.hash = r.payload_hash
      """;

  private final GroupCommit writer;
  private final Reader reader;

  JdbcAuditLog(GroupCommit writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public void append(AuditEvent event) {
    writer.submit(
        Lane.REFUSAL,
        "~audit",
        "write down " + event.getClass().getSimpleName(),
        transaction -> {
          transaction.record(event);
          return true;
        });
  }

  @Override
  public void rows(Consumer<AuditRow> each) {
    reader.readSnapshot(connection -> {
      var chains = new ArrayList<String>();
      for (var chain = chainAfter(connection, "");
          chain.isPresent();
          chain = chainAfter(connection, chain.get())) {
        chains.add(chain.get());
      }
      for (var chain : chains.reversed()) {
        rows(connection, chain, each);
      }
      return chains.size();
    });
  }

  private static Optional<String> chainAfter(Connection connection, String chain)
      throws SQLException {
    return Sql.first(
        connection,
        """
        SELECT chain FROM audit_row WHERE chain > ? ORDER BY chain FETCH FIRST 1 ROWS ONLY
        """,
        row -> row.getString("chain"),
        chain);
  }

  private static void rows(Connection connection, String chain, Consumer<AuditRow> each)
      throws SQLException {
    long after = Long.MIN_VALUE;
    List<AuditRow> page;
    do {
      page =
          Sql.list(
              connection,
              SELECT
                  + """
                  WHERE r.chain = ? AND r.sequence > ?
                  ORDER BY r.chain, r.sequence FETCH FIRST ? ROWS ONLY
                  """,
              JdbcAuditLog::row,
              chain,
              after,
              Reader.PAGE);
      page.forEach(each);
      after = page.isEmpty() ? after : page.getLast().sequence();
    } while (page.size() == Reader.PAGE);
  }

  @Override
  public List<AuditRow> newest(AuditQuery query) {
    var where = new ArrayList<String>();
    var values = new ArrayList<Object>();
    query
        .subject()
        .ifPresent(subject -> {
          where.add("r.subject = ?");
          values.add(subject);
        });
    query
        .kind()
        .ifPresent(kind -> {
          where.add("r.kind = ?");
          values.add(kind);
        });
    query
        .since()
        .ifPresent(since -> {
          where.add("r.at_micros >= ?");
          values.add(since);
        });
    query
        .until()
        .ifPresent(until -> {
          where.add("r.at_micros < ?");
          values.add(until);
        });
    query
        .after()
        .ifPresent(after -> {
          where.add(
              """
              r.at_micros <= ? AND (r.at_micros < ? OR r.chain < ?
                                    OR (r.chain = ? AND r.sequence < ?))
              """);
          values.addAll(
              List.of(
                  after.atMicros(),
                  after.atMicros(),
                  after.chain(),
                  after.chain(),
                  after.sequence()));
        });
    values.add(query.limit());
    var conditions = where.isEmpty() ? "" : "WHERE " + String.join(" AND ", where);
    var order =
        (query.subject().isPresent() ? " ORDER BY r.subject, " : " ORDER BY ")
            + "r.at_micros DESC, r.chain DESC, r.sequence DESC FETCH FIRST ? ROWS ONLY";
    return reader.read(connection ->
        Sql.list(connection, SELECT + conditions + order, JdbcAuditLog::row, values.toArray()));
  }

  private static AuditRow row(ResultSet row) throws SQLException {
    return new AuditRow(
        row.getString("chain"),
        row.getLong("sequence"),
        Sql.instant(row, "at_micros"),
        row.getString("previous_hash"),
        row.getString("payload_hash"),
        row.getString("hash"),
        row.getString("kind"),
        Optional.ofNullable(row.getString("subject")),
        Optional.ofNullable(row.getString("json")));
  }
}
