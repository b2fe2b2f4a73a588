package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.QuarantineStore;
import dev.nameplate.ca.store.RevokedEntry;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What the database knows of having been put back.
final class JdbcQuarantineStore implements QuarantineStore {

  private static final String TURN = "~quarantine";

  private final Writer writer;
  private final Reader reader;

  JdbcQuarantineStore(Writer writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public Optional<Quarantine> quarantine() {
    return reader.read(connection ->
        Sql.first(
            connection,
            """
            SELECT since, node, why, lost_from, lost_to FROM quarantine
            WHERE ended_at IS NULL ORDER BY lost_to DESC, position FETCH FIRST 1 ROWS ONLY
            """,
            row ->
                new Quarantine(
                    Sql.instant(row, "since"),
                    row.getString("node"),
                    row.getString("why"),
                    row.getLong("lost_from"),
                    row.getLong("lost_to"))));
  }

  @Override
  public void begin(Quarantine quarantine, AuditEvent.RestoreFound why) {
    writer.submit(
        Lane.REVOKE,
        TURN,
        "begin the quarantine",
        transaction -> {
          transaction.update(
              """
              INSERT INTO quarantine (since, node, why, lost_from, lost_to) VALUES (?, ?, ?, ?, ?)
              """,
              quarantine.since(),
              quarantine.node(),
              quarantine.why(),
              quarantine.lostFrom(),
              quarantine.lostTo());
          transaction.record(why);
          return true;
        });
  }

  @Override
  public boolean end(Instant now, AuditEvent.RestoreAccepted why) {
    return writer.submit(
        Lane.REVOKE,
        TURN,
        "end the quarantine",
        transaction -> {
          int ended =
              transaction.update(
                  """
                  UPDATE quarantine SET ended_at = ?, ended_by = ?, reason = ?
                  WHERE ended_at IS NULL
                  """,
                  now,
                  why.by(),
                  why.reason());
          if (ended > 0) {
            transaction.record(why);
          }
          return ended > 0;
        });
  }

  @Override
  public long addLost(
      IssuerId issuer, CrlScope scope, List<RevokedEntry> entries, Instant notAfter) {
    return writer.submit(
        Lane.REVOKE,
        TURN,
        "remember " + entries.size() + " lost certificates",
        transaction -> {
          long added = 0;
          for (var entry : entries) {
            int isNew =
                transaction.update(
                    """
                    INSERT INTO lost_certificate (issuer_id, serial, crl_scope, revoked_at,
                                                  revocation_reason, invalidity_date, not_after)
                    SELECT ?, ?, ?, CAST(? AS BIGINT), CAST(? AS INTEGER), CAST(? AS BIGINT),
                           CAST(? AS BIGINT)
                    WHERE NOT EXISTS (SELECT 1 FROM lost_certificate
                                      WHERE issuer_id = ? AND serial = ?)
                      AND NOT EXISTS (SELECT 1 FROM certificate
                                      WHERE issuer_id = ? AND serial = ?)
                    """,
                    issuer.hex(),
                    entry.serial(),
                    scope.name(),
                    entry.revocation().at(),
                    entry.revocation().reason().code(),
                    entry.revocation().invalidityDate(),
                    notAfter,
                    issuer.hex(),
                    entry.serial(),
                    issuer.hex(),
                    entry.serial());
            if (isNew == 1) {
              transaction.statusChanged(issuer, scope, entry.serial());
              added++;
            }
          }
          if (added > 0) {
            // they have no number among the changes, so no delta to an older list would name them
            transaction.update(
                "DELETE FROM crl_base WHERE issuer_id = ? AND scope = ?",
                issuer.hex(),
                scope.name());
          }
          return added;
        });
  }
}
