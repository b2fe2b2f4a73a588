package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.store.ApprovalRules;
import dev.nameplate.ca.store.DecideOutcome;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.RequestQuery;
import dev.nameplate.ca.store.RequestStore;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Requests that wait for an operator, in the database. They get in where certificates are
/// reserved, in [JdbcCertificateStore].
final class JdbcRequestStore implements RequestStore {

  private final GroupCommit writer;
  private final Reader reader;

  JdbcRequestStore(GroupCommit writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public DecideOutcome approve(PendingRequest.Id id, Duration life, Instant now, String by) {
    return decide(
        id,
        "approve",
        Lane.ISSUE,
        request -> ApprovalRules.approve(request, life, now, by),
        decided ->
            new AuditEvent.RequestApproved(decided.owner(), id.value(), decided.expiresAt(), by));
  }

  @Override
  public DecideOutcome deny(
      PendingRequest.Id id, String reason, Duration life, Instant now, String by) {
    return decide(
        id,
        "deny",
        Lane.REVOKE,
        request -> ApprovalRules.deny(request, reason, life, now, by),
        decided -> new AuditEvent.RequestDenied(decided.owner(), id.value(), reason, by));
  }

  private DecideOutcome decide(
      PendingRequest.Id id,
      String what,
      Lane lane,
      Function<PendingRequest, DecideOutcome> rule,
      Function<PendingRequest, AuditEvent> why) {
    // a request never changes its owner, so that one can be looked up before its row is locked
    var known = find(id);
    if (known.isEmpty()) {
      return new DecideOutcome.NotFound();
    }
    var owner = known.get().owner();
    return writer.submit(
        lane,
        owner.foldedName(),
        what + " request " + id,
        transaction -> {
          Owners.lock(transaction, owner);
          var request = Requests.find(transaction, id);
          if (request.isEmpty()) {
            return new DecideOutcome.NotFound();
          }
          var outcome = rule.apply(request.get());
          if (outcome instanceof DecideOutcome.Decided(var decided)) {
            Requests.update(transaction, decided);
            transaction.record(why.apply(decided));
          }
          return outcome;
        });
  }

  @Override
  public boolean expire(PendingRequest.Id id, Instant now) {
    var known = find(id);
    if (known.isEmpty()) {
      return false;
    }
    return writer.submit(
        Lane.BULK,
        known.get().owner().foldedName(),
        "expire request " + id,
        transaction -> expire(transaction, known.get(), now));
  }

  private static boolean expire(Transaction transaction, PendingRequest known, Instant now)
      throws SQLException {
    Owners.lock(transaction, known.owner());
    var request = Requests.find(transaction, known.id());
    if (request.isEmpty() || !request.get().state().isOpen() || !request.get().isOverAt(now)) {
      return false;
    }
    Requests.giveWay(transaction, request.get(), now);
    return true;
  }

  @Override
  public Optional<PendingRequest> find(PendingRequest.Id id) {
    return reader.read(connection ->
        Sql.first(connection, Requests.SELECT + "WHERE id = ?", Requests::record, id.value()));
  }

  @Override
  public List<PendingRequest> list(RequestQuery query) {
    var after = query.after().flatMap(this::find);
    if (query.after().isPresent() && after.isEmpty()) {
      return List.of();
    }
    var where = new StringBuilder("WHERE 1 = 1");
    var values = new ArrayList<Object>();
    query
        .state()
        .ifPresent(state -> {
          where.append(" AND state = ?");
          values.add(state);
        });
    query
        .label()
        .ifPresent(label -> {
          where.append(" AND label = ?");
          values.add(label);
        });
    query
        .owner()
        .ifPresent(owner -> {
          where.append(" AND owner_kind = ? AND owner_id = ?");
          values.add(owner.kind().text());
          values.add(owner.id());
        });
    query
        .within()
        .map(Visible::requests)
        .ifPresent(visible -> {
          where.append(" AND ").append(visible.sql());
          values.addAll(visible.values());
        });
    after.ifPresent(last -> {
      where.append(" AND (requested_at > ? OR (requested_at = ? AND id > ?))");
      values.add(last.requestedAt());
      values.add(last.requestedAt());
      values.add(last.id().value());
    });
    values.add(query.limit());
    return reader.read(connection ->
        Sql.list(
            connection,
            Requests.SELECT + where + " ORDER BY requested_at, id FETCH FIRST ? ROWS ONLY",
            Requests::record,
            values.toArray()));
  }

  @Override
  public List<PendingRequest> over(Instant now, int limit) {
    return reader.read(connection ->
        Sql.list(
            connection,
            Requests.SELECT
                + """
                WHERE place = 'OPEN' AND expires_at <= ?
                ORDER BY place, expires_at, id FETCH FIRST ? ROWS ONLY
                """,
            Requests::record,
            now,
            limit));
  }

  @Override
  public long countPending() {
    return reader.read(connection ->
        Sql.first(
                connection,
                "SELECT COUNT(*) FROM pending_request WHERE state = 'PENDING'",
                row -> row.getLong(1))
            .orElse(0L));
  }
}
