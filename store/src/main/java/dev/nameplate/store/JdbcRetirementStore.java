package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.FinishOutcome;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.PlanAct;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.PlanOutcome;
import dev.nameplate.ca.store.PlanRules;
import dev.nameplate.ca.store.PlannedDevice;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.RetirementRules;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.SeenRevoked;
import dev.nameplate.ca.store.StoredReceipt;
import dev.nameplate.ca.store.Tombstone;
import dev.nameplate.ca.store.WipeEvidence;
import dev.nameplate.ca.store.WipeOutcome;
import dev.nameplate.ca.store.WipeRecord;
import dev.nameplate.ca.x509.Der;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Plans, evidence and receipts in the database. Whatever changes a device locks its owner's row
/// first; a change of a plan locks the plan's row, and no owner.
final class JdbcRetirementStore implements RetirementStore {

  private static final String UNAPPROVED =
      """
      SELECT COUNT(*) FROM decommission_plan p JOIN decommission_item i ON i.plan_id = p.id
      WHERE p.requester = ? AND NOT p.needs_approval
        AND ((i.state = 'DONE' AND p.made_at > ?)
          OR (i.state IN ('PENDING', 'FAILED') AND p.state <> 'CANCELLED'
            AND (p.made_at > ? OR p.expires_at > ?)))
      """;

  private final GroupCommit writer;
  private final Reader reader;

  JdbcRetirementStore(GroupCommit writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public RetirementPlan add(RetirementPlan plan, List<PlannedDevice> devices, int fourEyesAbove) {
    return writer.submit(
        Lane.BULK,
        plan.requester().toLowerCase(Locale.ROOT),
        "add plan " + plan.id(),
        transaction -> {
          // of two plans that are made at once, the second knows of the first
          if (plan.requester().startsWith(OwnerKind.ADMIN.text() + ":")) {
            var _ = Owners.lock(transaction, Owner.of(plan.requester()));
          }
          int before =
              transaction
                  .first(
                      UNAPPROVED,
                      row -> row.getInt(1),
                      unapprovedBy(plan.requester(), plan.madeAt()))
                  .orElseThrow();
          var kept =
              PlanRules.needsApproval(devices.size(), before, fourEyesAbove)
                  ? plan.waiting()
                  : plan;
          Plans.insert(transaction, kept);
          Plans.insert(transaction, kept, devices);
          transaction.record(PlanRules.made(kept));
          return kept;
        });
  }

  @Override
  public int unapproved(String requester, Instant now) {
    return reader.read(connection ->
        Sql.first(connection, UNAPPROVED, row -> row.getInt(1), unapprovedBy(requester, now))
            .orElseThrow());
  }

  private static Object[] unapprovedBy(String requester, Instant now) {
    var since = now.minus(PlanRules.FOUR_EYES_WITHIN);
    return new Object[] {requester, since, since, now};
  }

  @Override
  public PlanOutcome act(RetirementPlan.Id id, PlanAct act, Instant now) {
    return writer.submit(
        // what stops something comes before what goes on
        act instanceof PlanAct.Pause || act instanceof PlanAct.Cancel ? Lane.REVOKE : Lane.BULK,
        lockOrder(id),
        act.word() + " plan " + id,
        transaction -> act(transaction, id, act, now));
  }

  private static PlanOutcome act(
      Transaction transaction, RetirementPlan.Id id, PlanAct act, Instant now) throws SQLException {
    var found =
        transaction.first(Plans.SELECT + "WHERE id = ? FOR UPDATE", Plans::plan, id.value());
    if (found.isEmpty()) {
      return new PlanOutcome.NotFound();
    }
    var plan = found.get();
    if (act instanceof PlanAct.Finish && has(transaction, id, PlanItem.State.PENDING)) {
      return new PlanOutcome.Already(plan);
    }
    var undone = act instanceof PlanAct.Resume && has(transaction, id, PlanItem.State.FAILED);
    var outcome = PlanRules.rule(plan, act, undone, now);
    if (outcome instanceof PlanOutcome.Moved(var moved)) {
      Plans.update(transaction, moved);
      if (undone) {
        transaction.update(
            """
            UPDATE decommission_item
            SET state = 'PENDING', at = NULL, revoked = NULL, abandoned = NULL, burned = NULL,
                unplanned = NULL, detail = NULL
            WHERE plan_id = ? AND state = 'FAILED'
            """,
            id.value());
      }
    }
    PlanRules.event(plan, act, outcome).ifPresent(transaction::record);
    return outcome;
  }

  private static boolean has(Transaction transaction, RetirementPlan.Id id, PlanItem.State state)
      throws SQLException {
    return transaction
        .first(
            """
            SELECT owner_id FROM decommission_item
            WHERE plan_id = ? AND state = ? FETCH FIRST 1 ROWS ONLY
            """,
            row -> row.getString(1),
            id.value(),
            state)
        .isPresent();
  }

  @Override
  public Optional<PlanItem> retire(RetirementPlan.Id id, Owner device, Instant now) {
    return writer.submit(
        Lane.REVOKE,
        device.foldedName(),
        "retire " + device + " by plan " + id,
        transaction -> retire(transaction, id, device, now));
  }

  private static Optional<PlanItem> retire(
      Transaction transaction, RetirementPlan.Id id, Owner device, Instant now)
      throws SQLException {
    var known = Owners.lock(transaction, device);
    // whoever was told that the plan is paused or cancelled was told the truth
    var plan =
        transaction
            .first(Plans.SELECT + "WHERE id = ? FOR UPDATE", Plans::plan, id.value())
            .filter(each -> each.state() == RetirementPlan.State.RUNNING);
    var item = pending(transaction, id, device);
    if (plan.isEmpty() || item.isEmpty()) {
      return Optional.empty();
    }
    var refusal = RetirementRules.whyNotRetire(item.get(), known);
    if (refusal.isPresent()) {
      return Optional.of(failed(transaction, item.get(), refusal.get(), now));
    }
    var running = plan.get();
    var outcome =
        JdbcOwnerStore.retire(transaction, device, running.reason(), now, running.retiresAs());
    var done = item.get().after(outcome, now);
    Plans.update(transaction, done);
    if (done.state() == PlanItem.State.FAILED) {
      transaction.record(
          new AuditEvent.RetirementFailed(
              device, id.value(), done.result().map(PlanItem.Result::detail).orElse("")));
    }
    if (done.state() == PlanItem.State.DONE && running.wipe().isPresent()) {
      var wiped = new WipeRecord(running.wipe().get(), running.requester(), now);
      wipe(transaction, device, done.device().epoch(), wiped);
    }
    return Optional.of(done);
  }

  @Override
  public boolean fail(RetirementPlan.Id id, Owner device, String why, Instant now) {
    return writer.submit(
        Lane.BULK,
        device.foldedName(),
        "give up " + device + " in plan " + id,
        transaction -> {
          var item = pending(transaction, id, device);
          if (item.isPresent()) {
            failed(transaction, item.get(), why, now);
          }
          return item.isPresent();
        });
  }

  private static PlanItem failed(Transaction transaction, PlanItem item, String why, Instant now)
      throws SQLException {
    var failed = item.failed(why, now);
    Plans.update(transaction, failed);
    transaction.record(
        new AuditEvent.RetirementFailed(item.device().owner(), item.plan().value(), why));
    return failed;
  }

  private static Optional<PlanItem> pending(
      Transaction transaction, RetirementPlan.Id id, Owner device) throws SQLException {
    return transaction
        .first(
            Plans.SELECT_ITEM + "WHERE plan_id = ? AND owner_id = ? FOR UPDATE",
            Plans::item,
            id.value(),
            device.id())
        .filter(item -> item.state() == PlanItem.State.PENDING);
  }

  @Override
  public Optional<RetirementPlan> find(RetirementPlan.Id id) {
    return reader.read(connection ->
        Sql.first(connection, Plans.SELECT + "WHERE id = ?", Plans::plan, id.value()));
  }

  @Override
  public Optional<RetirementPlan> findByHash(String prefix) {
    return reader.read(connection ->
        Sql.first(
            connection,
            Plans.SELECT
                + """
                WHERE sha256 >= ? AND sha256 <= ?
                ORDER BY position DESC FETCH FIRST 1 ROWS ONLY
                """,
            Plans::plan,
            prefix,
            // after every hex digit
            prefix + "g"));
  }

  @Override
  public List<RetirementPlan> list(List<RetirementPlan.State> states, int limit) {
    if (states.isEmpty()) {
      return List.of();
    }
    var marks = String.join(", ", Collections.nCopies(states.size(), "?"));
    var values = new ArrayList<Object>(states);
    values.add(limit);
    return reader.read(connection ->
        Sql.list(
            connection,
            Plans.SELECT
                + "WHERE state IN ("
                + marks
                + ") ORDER BY position DESC FETCH FIRST ? ROWS ONLY",
            Plans::plan,
            values.toArray()));
  }

  @Override
  public List<PlanItem> items(
      RetirementPlan.Id plan, Optional<PlanItem.State> state, Optional<String> after, int limit) {
    if (state.isEmpty()) {
      return reader.read(connection ->
          Sql.list(
              connection,
              Plans.SELECT_ITEM
                  + """
                  WHERE plan_id = ? AND owner_id > ?
                  ORDER BY plan_id, owner_id FETCH FIRST ? ROWS ONLY
                  """,
              Plans::item,
              plan.value(),
              after.orElse(""),
              limit));
    }
    return reader.read(connection ->
        Sql.list(
            connection,
            Plans.SELECT_ITEM
                + """
                WHERE plan_id = ? AND state = ? AND owner_id > ?
                ORDER BY plan_id, state, owner_id FETCH FIRST ? ROWS ONLY
                """,
            Plans::item,
            plan.value(),
            state.get(),
            after.orElse(""),
            limit));
  }

  @Override
  public Map<PlanItem.State, Integer> progress(RetirementPlan.Id plan) {
    return counts(
        PlanItem.State.class,
        "SELECT state, COUNT(*) FROM decommission_item WHERE plan_id = ? GROUP BY state",
        plan.value());
  }

  @Override
  public Map<RetirementPlan.State, Integer> countPlans() {
    return counts(
        RetirementPlan.State.class, "SELECT state, COUNT(*) FROM decommission_plan GROUP BY state");
  }

  @Override
  public Map<PlanItem.State, Integer> countItems() {
    return counts(
        PlanItem.State.class, "SELECT state, COUNT(*) FROM decommission_item GROUP BY state");
  }

  private <E extends Enum<E>> Map<E, Integer> counts(Class<E> type, String sql, Object... values) {
    var counts = new EnumMap<E, Integer>(type);
    reader
        .read(connection ->
            Sql.list(
                connection,
                sql,
                row -> Map.entry(Enum.valueOf(type, row.getString(1)), row.getInt(2)),
                values))
        .forEach(each -> counts.put(each.getKey(), each.getValue()));
    return counts;
  }

  @Override
  public Optional<PlanItem> retirement(Owner device, int epoch) {
    return reader.read(connection ->
        Sql.first(connection, RETIREMENT, Plans::item, device.kind().text(), device.id(), epoch));
  }

  private static Optional<PlanItem> retirement(Transaction transaction, Owner device, int epoch)
      throws SQLException {
    return transaction.first(RETIREMENT, Plans::item, device.kind().text(), device.id(), epoch);
  }

  private static final String RETIREMENT =
      Plans.SELECT_ITEM + "WHERE owner_kind = ? AND owner_id = ? AND epoch = ? AND state = 'DONE'";

  @Override
  public List<PlanItem> unseen(Optional<String> after, int limit) {
    return reader.read(connection ->
        Sql.list(
            connection,
            Plans.SELECT_ITEM
                + """
                WHERE waits_for = 'SIGHT' AND owner_id > ?
                ORDER BY waits_for, owner_id FETCH FIRST ? ROWS ONLY
                """,
            Plans::item,
            after.orElse(""),
            limit));
  }

  @Override
  public List<PlanItem> unfinished(Optional<String> after, int limit) {
    return reader.read(connection ->
        Sql.list(
            connection,
            Plans.SELECT_ITEM
                + """
                item WHERE waits_for = 'RECEIPT' AND owner_id > ?
                  AND EXISTS (SELECT 1 FROM wipe_evidence
                              WHERE wipe_evidence.owner_kind = item.owner_kind
                                AND wipe_evidence.owner_id = item.owner_id
                                AND wipe_evidence.epoch = item.epoch)
                ORDER BY waits_for, owner_id FETCH FIRST ? ROWS ONLY
                """,
            Plans::item,
            after.orElse(""),
            limit));
  }

  @Override
  public void seen(Owner device, int epoch, List<SeenRevoked> certificates, Instant now) {
    writer.submit(
        Lane.BULK,
        device.foldedName(),
        "saw revoked " + device,
        transaction -> {
          Owners.lock(transaction, device);
          int first =
              transaction.update(
                  """
                  UPDATE decommission_item SET waits_for = 'RECEIPT', seen_at = ?
                  WHERE owner_kind = ? AND owner_id = ? AND epoch = ? AND waits_for = 'SIGHT'
                  """,
                  now,
                  device.kind().text(),
                  device.id(),
                  epoch);
          if (first > 0) {
            transaction.updateEach(
                """
                INSERT INTO revocation_seen (owner_kind, owner_id, epoch, issuer_id, serial,
                                             ocsp_url, ocsp_at, ocsp_response, crl_url, crl_at,
                                             crl_number, crl_sha256)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                certificates.stream().map(each -> row(device, epoch, each)).toList());
            transaction.record(new AuditEvent.RevocationSeen(device, epoch, certificates.size()));
          }
          return first;
        });
  }

  private static Object[] row(Owner device, int epoch, SeenRevoked seen) {
    return new Object[] {
      device.kind().text(),
      device.id(),
      epoch,
      seen.issuer().hex(),
      seen.serial(),
      seen.ocsp().url().toString(),
      seen.ocsp().at(),
      seen.ocsp().response(),
      seen.crl().url().toString(),
      seen.crl().at(),
      seen.crl().number().toString(),
      seen.crl().sha256()
    };
  }

  @Override
  public List<SeenRevoked> seen(Owner device, int epoch) {
    return reader.read(connection ->
        Sql.list(
            connection,
            """
            SELECT * FROM revocation_seen
            WHERE owner_kind = ? AND owner_id = ? AND epoch = ? ORDER BY issuer_id, serial
            """,
            JdbcRetirementStore::seen,
            device.kind().text(),
            device.id(),
            epoch));
  }

  private static SeenRevoked seen(ResultSet row) throws SQLException {
    return new SeenRevoked(
        new IssuerId(row.getString("issuer_id")),
        Sql.serial(row, "serial"),
        new SeenRevoked.InOcsp(
            URI.create(row.getString("ocsp_url")),
            Sql.instant(row, "ocsp_at"),
            Der.of(row.getBytes("ocsp_response"))),
        new SeenRevoked.InCrl(
            URI.create(row.getString("crl_url")),
            Sql.instant(row, "crl_at"),
            new BigInteger(row.getString("crl_number")),
            row.getString("crl_sha256")));
  }

  @Override
  public WipeOutcome wipe(Owner device, WipeEvidence evidence, Instant now, String by) {
    return writer.submit(
        Lane.ISSUE,
        device.foldedName(),
        "wipe evidence for " + device,
        transaction -> {
          var known = Owners.lock(transaction, device);
          if (known.isEmpty()) {
            return new WipeOutcome.NotFound();
          }
          int epoch = known.get().epoch();
          var refusal =
              RetirementRules.whyNotWipe(
                  retirement(transaction, device, epoch), receipt(transaction, device, epoch));
          if (refusal.isPresent()) {
            return new WipeOutcome.Refused(refusal.get());
          }
          var record = new WipeRecord(evidence, by, now);
          wipe(transaction, device, epoch, record);
          return new WipeOutcome.Recorded(record);
        });
  }

  private static void wipe(Transaction transaction, Owner device, int epoch, WipeRecord record)
      throws SQLException {
    Plans.insert(transaction, device, epoch, record);
    transaction.record(
        new AuditEvent.WipeRecorded(device, epoch, record.evidence().words(), record.by()));
  }

  @Override
  public Optional<WipeRecord> wipe(Owner device, int epoch) {
    return reader.read(connection ->
        Sql.first(connection, WIPE, Plans::wipe, device.kind().text(), device.id(), epoch));
  }

  private static final String WIPE =
      Plans.SELECT_WIPE
          + """
          WHERE owner_kind = ? AND owner_id = ? AND epoch = ?
          ORDER BY owner_kind DESC, owner_id DESC, epoch DESC, position DESC
          FETCH FIRST 1 ROWS ONLY
          """;

  @Override
  public List<Tombstone> tombstones(Owner device) {
    return reader
        .read(connection ->
            Sql.list(
                connection,
                """
                SELECT kind, claimed FROM claim
                WHERE owner_kind = ? AND owner_id = ? AND tombstone = TRUE
                """,
                row -> tombstone(row.getString("kind"), row.getString("claimed")),
                device.kind().text(),
                device.id()))
        .stream()
        .sorted(Tombstone.ORDER)
        .toList();
  }

  private static Tombstone tombstone(String kind, String claimed) {
    return switch (kind) {
      case "KEY", "IDEVID" -> new Tombstone(kind, claimed);
      default ->
          new Tombstone(
              kind, HexFormat.of().formatHex(Der.sha256(claimed.getBytes(StandardCharsets.UTF_8))));
    };
  }

  @Override
  public FinishOutcome finish(StoredReceipt receipt, WipeRecord signed, String by, Instant now) {
    var device = receipt.owner();
    return writer.submit(
        Lane.ISSUE,
        device.foldedName(),
        "finish the retirement of " + device,
        transaction -> finish(transaction, receipt, signed, by, now));
  }

  private static FinishOutcome finish(
      Transaction transaction, StoredReceipt receipt, WipeRecord signed, String by, Instant now)
      throws SQLException {
    var device = receipt.owner();
    int epoch = receipt.epoch();
    var known = Owners.lock(transaction, device);
    var before = receipt(transaction, device, epoch);
    if (before.isPresent()) {
      return new FinishOutcome.Already(before.get());
    }
    if (known.isEmpty()) {
      return new FinishOutcome.Refused("there is no " + device);
    }
    var wipe = transaction.first(WIPE, Plans::wipe, device.kind().text(), device.id(), epoch);
    var refusal =
        RetirementRules.whyNotFinish(
            known.get(), epoch, retirement(transaction, device, epoch), wipe);
    if (refusal.isPresent()) {
      return new FinishOutcome.Refused(refusal.get());
    }
    if (wipe.filter(signed::equals).isEmpty()) {
      return new FinishOutcome.Refused(FinishOutcome.OTHER_WIPE);
    }
    var why =
        new AuditEvent.RetirementFinished(
            device, epoch, "receipt " + receipt.id() + " " + receipt.sha256(), by);
    if (Lives.finish(transaction, device, epoch, now, why)
        instanceof MoveOutcome.Refused(_, _, var detail)) {
      return new FinishOutcome.Refused(detail);
    }
    transaction.update(
        """
        INSERT INTO receipt (owner_kind, owner_id, epoch, made_at, sha256, jws)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        device.kind().text(),
        device.id(),
        epoch,
        receipt.madeAt(),
        receipt.sha256(),
        receipt.jws().getBytes(StandardCharsets.US_ASCII));
    transaction.update(
        """
        UPDATE decommission_item SET waits_for = NULL
        WHERE owner_kind = ? AND owner_id = ? AND epoch = ?
        """,
        device.kind().text(),
        device.id(),
        epoch);
    return new FinishOutcome.Finished(receipt);
  }

  @Override
  public Optional<StoredReceipt> receipt(Owner device, int epoch) {
    return reader.read(connection ->
        Sql.first(connection, RECEIPT, Plans::receipt, device.kind().text(), device.id(), epoch));
  }

  private static Optional<StoredReceipt> receipt(Transaction transaction, Owner device, int epoch)
      throws SQLException {
    return transaction.first(RECEIPT, Plans::receipt, device.kind().text(), device.id(), epoch);
  }

  private static final String RECEIPT =
      Plans.SELECT_RECEIPT + "WHERE owner_kind = ? AND owner_id = ? AND epoch = ?";

  @Override
  public List<StoredReceipt> receipts(
      Optional<Owner> device, Optional<StoredReceipt> after, int limit) {
    var where = new StringBuilder("WHERE owner_kind = 'device'");
    var values = new ArrayList<Object>();
    device.ifPresent(one -> {
      where.append(" AND owner_id = ?");
      values.add(one.id());
    });
    after.ifPresent(last -> {
      where.append(" AND (owner_id > ? OR (owner_id = ? AND epoch > ?))");
      values.add(last.owner().id());
      values.add(last.owner().id());
      values.add(last.epoch());
    });
    values.add(limit);
    return reader.read(connection ->
        Sql.list(
            connection,
            Plans.SELECT_RECEIPT
                + where
                + " ORDER BY owner_kind, owner_id, epoch FETCH FIRST ? ROWS ONLY",
            Plans::receipt,
            values.toArray()));
  }

  private static String lockOrder(RetirementPlan.Id plan) {
    return "~plan:" + plan;
  }
}
