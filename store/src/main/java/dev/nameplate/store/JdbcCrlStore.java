package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.StatusChange;
import dev.nameplate.ca.x509.Der;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// CRLs and what belongs on them in the database.
final class JdbcCrlStore implements CrlStore {

  private final GroupCommit writer;
  private final Reader reader;

  JdbcCrlStore(GroupCommit writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public CrlState crlState(IssuerId issuer, CrlScope scope) {
    return reader.read(connection ->
        Sql.first(
                connection,
                """
                SELECT changes, published, latest_number, this_update, next_update
                FROM crl_scope WHERE issuer_id = ? AND scope = ?
                """,
                row ->
                    new CrlState(
                        row.getLong("changes"),
                        row.getLong("published"),
                        row.getLong("latest_number"),
                        Sql.optionalInstant(row, "this_update"),
                        Sql.optionalInstant(row, "next_update")),
                issuer.hex(),
                scope.name())
            .orElseGet(() -> new CrlState(0, 0, 0, Optional.empty(), Optional.empty())));
  }

  @Override
  public void revoked(
      IssuerId issuer, CrlScope scope, Instant expiredSince, Consumer<RevokedEntry> each) {
    reader.readSnapshot(connection -> {
      var after = "";
      List<RevokedEntry> page;
      do {
        page =
            Sql.list(
                connection,
                """
                SELECT listed_serial, revoked_at, revocation_reason, invalidity_date
                FROM certificate
                WHERE issuer_id = ? AND crl_scope = ? AND listed_serial > ? AND not_after >= ?
                ORDER BY issuer_id, crl_scope, listed_serial FETCH FIRST ? ROWS ONLY
                """,
                JdbcCrlStore::entry,
                issuer.hex(),
                scope.name(),
                after,
                expiredSince,
                Reader.PAGE);
        page.forEach(each);
        after = page.isEmpty() ? after : Sql.padded(page.getLast().serial());
      } while (page.size() == Reader.PAGE);
      return after;
    });
  }

  private static RevokedEntry entry(ResultSet row) throws SQLException {
    return new RevokedEntry(
        Sql.serial(row, "listed_serial"), Certificates.revocation(row).orElseThrow());
  }

  @Override
  public void changedSince(
      IssuerId issuer, CrlScope scope, long after, Consumer<StatusChange> each) {
    reader.readSnapshot(connection -> {
      long last = after;
      List<StatusChange> page;
      do {
        page =
            Sql.list(
                connection,
                // numbers that several share come with an upgrade only
                """
                SELECT status_change, serial, not_after, revoked_at, revocation_reason,
                       invalidity_date
                FROM certificate
                WHERE issuer_id = ? AND crl_scope = ? AND status_change > ?
                ORDER BY issuer_id, crl_scope, status_change FETCH FIRST ? ROWS WITH TIES
                """,
                JdbcCrlStore::change,
                issuer.hex(),
                scope.name(),
                last,
                Reader.PAGE);
        page.forEach(each);
        last = page.isEmpty() ? last : page.getLast().number();
      } while (page.size() >= Reader.PAGE);
      return last;
    });
  }

  private static StatusChange change(ResultSet row) throws SQLException {
    return new StatusChange(
        row.getLong("status_change"),
        Sql.serial(row, "serial"),
        Sql.instant(row, "not_after"),
        Certificates.revocation(row));
  }

  @Override
  public boolean publish(PublishedCrl crl, AuditEvent.CrlPublished why) {
    return writer.submit(
        Lane.REVOKE,
        // after every owner: the scope's row is the one that transactions take last
        "~crl:" + crl.issuer() + ":" + crl.scope(),
        "publish CRL " + crl.number(),
        transaction -> publish(transaction, crl, why));
  }

  private static boolean publish(
      Transaction transaction, PublishedCrl crl, AuditEvent.CrlPublished why) throws SQLException {
    CrlScopes.create(transaction, crl.issuer(), crl.scope());
    int newer =
        transaction.update(
            """
            UPDATE crl_scope
            SET latest_number = ?, published = ?, this_update = ?, next_update = ?
            WHERE issuer_id = ? AND scope = ? AND latest_number < ?
            """,
            crl.number(),
            crl.changes(),
            crl.thisUpdate(),
            crl.nextUpdate(),
            crl.issuer().hex(),
            crl.scope().name(),
            crl.number());
    if (newer == 0) {
      return false;
    }
    // the last one only: what was published before is in the audit log by its hash
    transaction.update(
        "DELETE FROM crl WHERE issuer_id = ? AND scope = ?",
        crl.issuer().hex(),
        crl.scope().name());
    transaction.update(
        """
        INSERT INTO crl (issuer_id, scope, number, changes, entries, this_update, next_update, der)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        crl.issuer().hex(),
        crl.scope().name(),
        crl.number(),
        crl.changes(),
        crl.entries(),
        crl.thisUpdate(),
        crl.nextUpdate(),
        crl.der());
    transaction.record(why);
    return true;
  }

  @Override
  public Optional<PublishedCrl> latestCrl(IssuerId issuer, CrlScope scope) {
    return reader.read(connection ->
        Sql.first(
            connection,
            """
            SELECT number, changes, entries, this_update, next_update, der FROM crl
            WHERE issuer_id = ? AND scope = ? ORDER BY number DESC FETCH FIRST 1 ROWS ONLY
            """,
            row ->
                new PublishedCrl(
                    issuer,
                    scope,
                    row.getLong("number"),
                    row.getLong("changes"),
                    row.getLong("entries"),
                    Sql.instant(row, "this_update"),
                    Sql.instant(row, "next_update"),
                    Der.of(row.getBytes("der"))),
            issuer.hex(),
            scope.name()));
  }
}
