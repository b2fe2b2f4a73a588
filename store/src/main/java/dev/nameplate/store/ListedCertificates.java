package dev.nameplate.store;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.RevokedEntry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/// The revoked and abandoned certificates of one scope in order of serial, a page at a time.
final class ListedCertificates {

  /// How many rows are in memory at once, of all scopes together.
  private static final int ROWS = 8000;

  private static final String KNOWN =
      """
      SELECT listed_serial, revoked_at, revocation_reason, invalidity_date
      FROM certificate
      WHERE issuer_id = ? AND crl_scope = ? AND listed_serial > ? AND not_after >= ?
        AND not_after < ?
      ORDER BY issuer_id, crl_scope, listed_serial FETCH FIRST ? ROWS ONLY
      """;

  /// Not known any more, since the database was put back.
  private static final String LOST =
      """
      SELECT serial AS listed_serial, revoked_at, revocation_reason, invalidity_date
      FROM lost_certificate
      WHERE issuer_id = ? AND crl_scope = ? AND serial > ? AND not_after >= ?
        AND not_after < ?
      ORDER BY issuer_id, crl_scope, serial FETCH FIRST ? ROWS ONLY
      """;

  private static final Instant NEVER = Instant.parse("9999-12-31T23:59:59.999999Z");

  private final Connection connection;
  private final String select;
  private final IssuerId issuer;
  private final CrlScope scope;
  private final Instant expiredSince;
  private final Instant end;
  private final int pageSize;
  private final Deque<RevokedEntry> page = new ArrayDeque<>();
  private String after = "";
  private boolean exhausted;

  private ListedCertificates(
      Connection connection,
      String select,
      IssuerId issuer,
      CrlScope scope,
      Instant expiredSince,
      Instant end,
      int pageSize) {
    this.connection = connection;
    this.select = select;
    this.issuer = issuer;
    this.scope = scope;
    this.expiredSince = expiredSince;
    this.end = end;
    this.pageSize = pageSize;
  }

  /// Hands those of all scopes to `each`, in the order of their serials.
  static void merge(
      Connection connection,
      IssuerId issuer,
      List<CrlScope> scopes,
      Instant expiredSince,
      Consumer<RevokedEntry> each)
      throws SQLException {
    int pageSize = Math.max(20, ROWS / Math.max(1, scopes.size()));
    var lists =
        new PriorityQueue<ListedCertificates>(
            Math.max(1, scopes.size()),
            Comparator.comparing(list -> list.page.getFirst().serial()));
    for (var scope : scopes) {
      for (var select : List.of(KNOWN, LOST)) {
        var list =
            new ListedCertificates(
                connection, select, issuer, scope, expiredSince, NEVER, pageSize);
        if (list.fill()) {
          lists.add(list);
        }
      }
    }
    while (!lists.isEmpty()) {
      var list = lists.remove();
      each.accept(list.page.removeFirst());
      if (list.fill()) {
        lists.add(list);
      }
    }
  }

  /// Hands those of the scope to `each` whose notAfter is not before `from`, and before `to`.
  static void expired(
      Connection connection,
      IssuerId issuer,
      CrlScope scope,
      Instant from,
      Instant to,
      Consumer<RevokedEntry> each)
      throws SQLException {
    var list = new ListedCertificates(connection, KNOWN, issuer, scope, from, to, ROWS);
    while (list.fill()) {
      each.accept(list.page.removeFirst());
    }
  }

  /// False if there are no more.
  private boolean fill() throws SQLException {
    if (page.isEmpty() && !exhausted) {
      page.addAll(
          Sql.list(
              connection,
              select,
              ListedCertificates::entry,
              issuer.hex(),
              scope.name(),
              after,
              expiredSince,
              end,
              pageSize));
      exhausted = page.size() < pageSize;
      after = page.isEmpty() ? after : Sql.padded(page.getLast().serial());
    }
    return !page.isEmpty();
  }

  private static RevokedEntry entry(ResultSet row) throws SQLException {
    return new RevokedEntry(
        Sql.serial(row, "listed_serial"), Certificates.revocation(row).orElseThrow());
  }
}
