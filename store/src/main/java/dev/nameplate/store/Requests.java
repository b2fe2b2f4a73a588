package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.PendingRequest.State;
import dev.nameplate.ca.store.Situation;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/// Rows of the table `pending_request`, as records and back. Every change locks the owner's row
/// first.
final class Requests {

  static final String SELECT =
      """
      SELECT id, owner_kind, owner_id, epoch, label, approval_key, spki_sha256, csr, subject,
             credential, origin_request, origin_address, requested_at, expires_at, state,
             decided_at, decided_by, reason
      FROM pending_request
      """;

  private Requests() {}

  static PendingRequest record(ResultSet row) throws SQLException {
    var decidedAt = Sql.optionalInstant(row, "decided_at");
    var by = Optional.ofNullable(row.getString("decided_by"));
    var reason = Optional.ofNullable(row.getString("reason"));
    return new PendingRequest(
        new PendingRequest.Id(row.getString("id")),
        new Owner(OwnerKind.of(row.getString("owner_kind")), row.getString("owner_id")),
        row.getInt("epoch"),
        row.getString("label"),
        row.getString("approval_key"),
        new KeyFingerprint(row.getString("spki_sha256")),
        Der.of(row.getBytes("csr")),
        row.getString("subject"),
        row.getString("credential"),
        new Origin(row.getString("origin_request"), row.getString("origin_address")),
        Sql.instant(row, "requested_at"),
        Sql.instant(row, "expires_at"),
        State.valueOf(row.getString("state")),
        decidedAt.flatMap(at -> by.map(who -> new PendingRequest.Decision(at, who, reason))));
  }

  static Optional<PendingRequest> find(Transaction transaction, PendingRequest.Id id)
      throws SQLException {
    return transaction.first(SELECT + "WHERE id = ?", Requests::record, id.value());
  }

  /// The queue as `wish` sees it, with its owner locked.
  static Situation.Queue queue(Transaction transaction, PendingRequest wish) throws SQLException {
    return new Situation.Queue(
        transaction.first(
            SELECT
                + """
                WHERE approval_key = ?
                ORDER BY requested_at DESC, place NULLS LAST FETCH FIRST 1 ROWS ONLY
                """,
            Requests::record,
            wish.approvalKey()),
        transaction.first(
            SELECT
                + """
                WHERE owner_kind = ? AND owner_id = ? AND epoch = ? AND label = ?
                  AND place = 'OPEN'
                """,
            Requests::record,
            wish.owner().kind().text(),
            wish.owner().id(),
            wish.epoch(),
            wish.label()),
        count(transaction, "SELECT COUNT(*) FROM pending_request WHERE state = 'PENDING'"),
        count(
            transaction,
            "SELECT COUNT(*) FROM pending_request WHERE state = 'PENDING' AND label = ?",
            wish.label()));
  }

  private static int count(Transaction transaction, String sql, Object... values)
      throws SQLException {
    return transaction.first(sql, row -> row.getInt(1), values).orElse(0);
  }

  static void insert(Transaction transaction, PendingRequest request) throws SQLException {
    transaction.update(
        """
        INSERT INTO pending_request (id, owner_kind, owner_id, epoch, label, approval_key,
                                     spki_sha256, csr, subject, credential, origin_request,
                                     origin_address, requested_at, expires_at, state, place)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        request.id().value(),
        request.owner().kind().text(),
        request.owner().id(),
        request.epoch(),
        request.label(),
        request.approvalKey(),
        request.key().hex(),
        request.csr(),
        request.subject(),
        request.credential(),
        request.origin().request(),
        request.origin().address(),
        request.requestedAt(),
        request.expiresAt(),
        request.state(),
        place(request));
    transaction.record(request.queued());
  }

  /// Writes what can change of a request; its event is the caller's.
  static void update(Transaction transaction, PendingRequest request) throws SQLException {
    transaction.update(
        """
        UPDATE pending_request
        SET state = ?, place = ?, expires_at = ?, decided_at = ?, decided_by = ?, reason = ?
        WHERE id = ?
        """,
        request.state(),
        place(request),
        request.expiresAt(),
        request.decision().map(PendingRequest.Decision::at),
        request.decision().map(PendingRequest.Decision::by),
        request.decision().flatMap(PendingRequest.Decision::reason),
        request.id().value());
  }

  /// An open request loses its place, to the time or to another one.
  static void giveWay(Transaction transaction, PendingRequest open, Instant now)
      throws SQLException {
    var id = open.id().value();
    if (open.isOverAt(now)) {
      update(transaction, open.ended(State.EXPIRED));
      transaction.record(new AuditEvent.RequestExpired(open.owner(), id));
    } else {
      update(transaction, open.ended(State.REPLACED));
      transaction.record(
          new AuditEvent.RequestVoided(open.owner(), id, "another request took its place"));
    }
  }

  /// Nothing waits for an owner that is not there any more.
  static void voidAll(Transaction transaction, Owner owner, String why) throws SQLException {
    var open =
        transaction.list(
            SELECT
                + """
                WHERE owner_kind = ? AND owner_id = ? AND place = 'OPEN'
                ORDER BY requested_at, id
                """,
            Requests::record,
            owner.kind().text(),
            owner.id());
    for (var request : open) {
      update(transaction, request.ended(State.VOIDED));
      transaction.record(new AuditEvent.RequestVoided(owner, request.id().value(), why));
    }
  }

  private static Optional<String> place(PendingRequest request) {
    return request.state().isOpen() ? Optional.of("OPEN") : Optional.empty();
  }
}
