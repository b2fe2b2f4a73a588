package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CrlBase;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.StatusChange;
import dev.nameplate.ca.x509.Der;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// CRLs and what belongs on them in the database.
final class JdbcCrlStore implements CrlStore {

  private static final CrlState NOTHING = new CrlState(0, 0, 0, Optional.empty(), Optional.empty());

  private record ListId(IssuerId issuer, CrlScope scope) {}

  private record Held(String upload, WeakReference<PublishedCrl> crl) {}

  private record Row(CrlScope scope, CrlState state) {}

  private final Writer writer;
  private final Reader reader;

  /// What somebody in this process holds already is not read once more: a CRL may be large.
  private final Map<ListId, Held> held = new ConcurrentHashMap<>();

  JdbcCrlStore(Writer writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public CrlState crlState(IssuerId issuer, CrlScope scope) {
    return crlStates(issuer).getOrDefault(scope, NOTHING);
  }

  @Override
  public Map<CrlScope, CrlState> crlStates(IssuerId issuer) {
    var own = reader.read(connection -> states(connection, issuer));
    return Stream.concat(
            own.keySet().stream(),
            Stream.of(CrlScope.END_ENTITIES)
                .filter(scope -> own.keySet().stream().anyMatch(scope::covers)))
        .distinct()
        .collect(
            Collectors.toMap(
                scope -> scope,
                scope -> withCovered(own.getOrDefault(scope, NOTHING), scope, own)));
  }

  private static CrlState withCovered(CrlState state, CrlScope scope, Map<CrlScope, CrlState> all) {
    long changes =
        all.entrySet().stream()
            .filter(each -> scope.covers(each.getKey()))
            .mapToLong(each -> each.getValue().changes())
            .sum();
    return new CrlState(
        changes, state.published(), state.latestNumber(), state.thisUpdate(), state.nextUpdate());
  }

  private static Map<CrlScope, CrlState> states(Connection connection, IssuerId issuer)
      throws SQLException {
    return Sql.list(
            connection,
            """
            SELECT scope, changes, published, latest_number, this_update, next_update
            FROM crl_scope WHERE issuer_id = ?
            """,
            row ->
                new Row(
                    new CrlScope(row.getString("scope")),
                    new CrlState(
                        row.getLong("changes"),
                        row.getLong("published"),
                        row.getLong("latest_number"),
                        Sql.optionalInstant(row, "this_update"),
                        Sql.optionalInstant(row, "next_update"))),
            issuer.hex())
        .stream()
        .collect(Collectors.toMap(Row::scope, Row::state));
  }

  @Override
  public void revoked(
      IssuerId issuer, CrlScope scope, Instant expiredSince, Consumer<RevokedEntry> each) {
    reader.readSnapshot(connection -> {
      var covered = states(connection, issuer).keySet().stream().filter(scope::covers).toList();
      ListedCertificates.merge(connection, issuer, covered, expiredSince, each);
      return covered;
    });
  }

  /// The parts of a large one are written first, so that no revocation has to wait for them.
  @Override
  public boolean publish(PublishedCrl crl, long after, AuditEvent why, long lease) {
    var upload = CrlParts.upload(crl.der());
    int parts = CrlParts.count(crl.der());
    if (parts > 1) {
      for (int i = 0; i < parts; i++) {
        int position = i;
        writer.submit(
            Lane.BULK,
            lockOrder(crl),
            "write part " + position + " of CRL " + crl.number(),
            transaction -> {
              CrlParts.insert(transaction, crl, upload, position);
              return true;
            });
      }
    }
    boolean published =
        writer.submit(
            Lane.REVOKE,
            lockOrder(crl),
            "publish CRL " + crl.number(),
            transaction -> publish(transaction, crl, after, upload, why, lease));
    if (published) {
      held.put(new ListId(crl.issuer(), crl.scope()), new Held(upload, new WeakReference<>(crl)));
    }
    return published;
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

  /// After every owner: the scope's row is the one that transactions take last.
  private static String lockOrder(PublishedCrl crl) {
    return "~crl:" + crl.issuer() + ":" + crl.scope();
  }

  private static boolean publish(
      Transaction transaction,
      PublishedCrl crl,
      long after,
      String upload,
      AuditEvent why,
      long lease)
      throws SQLException {
    CrlScopes.create(transaction, crl.issuer(), crl.scope());
    int newer =
        transaction.update(
            """
            UPDATE crl_scope
            SET latest_number = ?, published = ?, this_update = ?, next_update = ?,
                lease = GREATEST(lease, ?)
            WHERE issuer_id = ? AND scope = ? AND latest_number = ? AND latest_number < ?
              AND (? = 0 OR ? >= lease)
            """,
            crl.number(),
            crl.changes(),
            crl.thisUpdate(),
            crl.nextUpdate(),
            lease,
            crl.issuer().hex(),
            crl.scope().name(),
            after,
            crl.number(),
            lease,
            lease);
    if (newer == 0) {
      return false;
    }
    if (CrlParts.count(crl.der()) == 1) {
      CrlParts.insert(transaction, crl, upload, 0);
    }
    CrlParts.requireAll(transaction, crl, upload);
    CrlParts.deleteOthers(transaction, crl, upload);
    // the last one only: what was published before is in the audit log by its hash
    transaction.update(
        "DELETE FROM crl WHERE issuer_id = ? AND scope = ?",
        crl.issuer().hex(),
        crl.scope().name());
    transaction.update(
        """
        INSERT INTO crl
          (issuer_id, scope, number, changes, entries, this_update, next_update, expired_since,
           upload, octets, delta)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        crl.issuer().hex(),
        crl.scope().name(),
        crl.number(),
        crl.changes(),
        crl.entries(),
        crl.thisUpdate(),
        crl.nextUpdate(),
        crl.expiredSince(),
        upload,
        crl.der().length(),
        crl.delta());
    transaction.update(
        "DELETE FROM crl_base WHERE issuer_id = ? AND scope = ? AND next_update <= ?",
        crl.issuer().hex(),
        crl.scope().name(),
        crl.thisUpdate());
    if (why instanceof AuditEvent.CrlImported) {
      // what changed since an older one is not known here
      transaction.update(
          "DELETE FROM crl_base WHERE issuer_id = ? AND scope = ?",
          crl.issuer().hex(),
          crl.scope().name());
    }
    transaction.update(
        """
        INSERT INTO crl_base (issuer_id, scope, number, changes, expired_since, next_update)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        crl.issuer().hex(),
        crl.scope().name(),
        crl.number(),
        crl.changes(),
        crl.expiredSince(),
        crl.nextUpdate());
    transaction.record(why);
    return true;
  }

  @Override
  public Optional<CrlBase> oldestBase(IssuerId issuer, CrlScope scope, Instant now) {
    return reader.read(connection ->
        Sql.first(
            connection,
            """
            SELECT number, changes, expired_since FROM crl_base
            WHERE issuer_id = ? AND scope = ? AND next_update > ?
            ORDER BY issuer_id, scope, number FETCH FIRST 1 ROWS ONLY
            """,
            row ->
                new CrlBase(
                    row.getLong("number"),
                    row.getLong("changes"),
                    Sql.instant(row, "expired_since")),
            issuer.hex(),
            scope.name(),
            now));
  }

  @Override
  public void expired(
      IssuerId issuer, CrlScope scope, Instant from, Instant to, Consumer<RevokedEntry> each) {
    reader.readSnapshot(connection -> {
      ListedCertificates.expired(connection, issuer, scope, from, to, each);
      return scope;
    });
  }

  @Override
  public Optional<PublishedCrl> latestCrl(IssuerId issuer, CrlScope scope) {
    var id = new ListId(issuer, scope);
    return reader.readSnapshot(connection ->
        Sql.first(
            connection,
            """
            SELECT number, changes, entries, this_update, next_update, expired_since, upload,
                   octets, delta
            FROM crl
            WHERE issuer_id = ? AND scope = ? ORDER BY number DESC FETCH FIRST 1 ROWS ONLY
            """,
            row -> heldOrRead(connection, id, row),
            issuer.hex(),
            scope.name()));
  }

  private PublishedCrl heldOrRead(Connection connection, ListId id, ResultSet row)
      throws SQLException {
    long number = row.getLong("number");
    var upload = row.getString("upload");
    var known = held.get(id);
    var still = known == null || !known.upload().equals(upload) ? null : known.crl().get();
    if (still != null && still.number() == number) {
      return still;
    }
    var crl =
        new PublishedCrl(
            id.issuer(),
            id.scope(),
            number,
            row.getLong("changes"),
            row.getLong("entries"),
            Sql.instant(row, "this_update"),
            Sql.instant(row, "next_update"),
            Sql.instant(row, "expired_since"),
            CrlParts.read(
                connection,
                id.issuer().hex(),
                id.scope().name(),
                number,
                upload,
                row.getInt("octets")),
            Optional.ofNullable(row.getBytes("delta")).map(Der::of));
    held.put(id, new Held(upload, new WeakReference<>(crl)));
    return crl;
  }
}
