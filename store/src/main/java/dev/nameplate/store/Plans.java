package dev.nameplate.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.PlannedDevice;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.StoredReceipt;
import dev.nameplate.ca.store.WipeEvidence;
import dev.nameplate.ca.store.WipeEvidence.Waived;
import dev.nameplate.ca.store.WipeEvidence.Wiped;
import dev.nameplate.ca.store.WipeRecord;
import dev.nameplate.ca.x509.RevocationReason;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Rows of the tables about retirements, as records and back.
final class Plans {

  static final String SELECT = "SELECT * FROM decommission_plan ";
  static final String SELECT_ITEM = "SELECT * FROM decommission_item ";
  static final String SELECT_WIPE = "SELECT * FROM wipe_evidence ";
  static final String SELECT_RECEIPT =
      "SELECT owner_kind, owner_id, epoch, made_at, jws FROM receipt ";

  private static final String WAITS_FOR_SIGHT = "SIGHT";

  private Plans() {}

  static RetirementPlan plan(ResultSet row) throws SQLException {
    var decidedAt = Sql.optionalInstant(row, "decided_at");
    var by = Optional.ofNullable(row.getString("decided_by"));
    var why = Optional.ofNullable(row.getString("decision_reason"));
    return new RetirementPlan(
        new RetirementPlan.Id(row.getString("id")),
        row.getString("sha256"),
        RevocationReason.of(row.getInt("reason")),
        row.getString("note"),
        evidence(row),
        row.getInt("devices"),
        row.getInt("certificates"),
        row.getBoolean("needs_approval"),
        row.getString("requester"),
        Sql.instant(row, "made_at"),
        Sql.instant(row, "expires_at"),
        row.getInt("rate"),
        RetirementPlan.State.valueOf(row.getString("state")),
        decidedAt.flatMap(at -> by.map(who -> new RetirementPlan.Decision(at, who, why))),
        Optional.ofNullable(row.getString("started_by")));
  }

  static void insert(Transaction transaction, RetirementPlan plan) throws SQLException {
    var values =
        new ArrayList<Object>(
            List.of(plan.id().value(), plan.sha256(), plan.reason().code(), plan.note()));
    values.addAll(columns(plan.wipe()));
    values.addAll(
        List.of(
            plan.devices(),
            plan.certificates(),
            plan.needsApproval(),
            plan.requester(),
            plan.madeAt(),
            plan.expiresAt(),
            plan.rate(),
            plan.state()));
    transaction.update(
        """
        INSERT INTO decommission_plan (id, sha256, reason, note, wipe_method, wipe_tool,
                                       wipe_verified_by, wipe_at, wipe_serial, wipe_file_sha256,
                                       wipe_waiver, devices, certificates, needs_approval,
                                       requester, made_at, expires_at, rate, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        values.toArray());
  }

  static void insert(Transaction transaction, RetirementPlan plan, List<PlannedDevice> devices)
      throws SQLException {
    transaction.updateEach(
        """
        INSERT INTO decommission_item (plan_id, owner_kind, owner_id, epoch, certificates, planned,
                                       state)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        devices.stream()
            .map(device ->
                new Object[] {
                  plan.id().value(),
                  device.owner().kind().text(),
                  device.owner().id(),
                  device.epoch(),
                  device.certificates(),
                  device.json(),
                  PlanItem.State.PENDING
                })
            .toList());
  }

  /// Writes what can change of a plan.
  static void update(Transaction transaction, RetirementPlan plan) throws SQLException {
    transaction.update(
        """
        UPDATE decommission_plan
        SET state = ?, rate = ?, decided_at = ?, decided_by = ?, decision_reason = ?,
            started_by = ?
        WHERE id = ?
        """,
        plan.state(),
        plan.rate(),
        plan.decision().map(RetirementPlan.Decision::at),
        plan.decision().map(RetirementPlan.Decision::by),
        plan.decision().flatMap(RetirementPlan.Decision::reason),
        plan.startedBy(),
        plan.id().value());
  }

  static PlanItem item(ResultSet row) throws SQLException {
    var at = Sql.optionalInstant(row, "at");
    var result = Optional.<PlanItem.Result>empty();
    if (at.isPresent()) {
      result =
          Optional.of(
              new PlanItem.Result(
                  at.get(),
                  row.getInt("revoked"),
                  row.getInt("abandoned"),
                  row.getInt("burned"),
                  words(row.getString("unplanned")),
                  row.getString("detail")));
    }
    return new PlanItem(
        new RetirementPlan.Id(row.getString("plan_id")),
        new PlannedDevice(
            owner(row), row.getInt("epoch"), row.getInt("certificates"), row.getString("planned")),
        PlanItem.State.valueOf(row.getString("state")),
        result,
        Sql.optionalInstant(row, "seen_at"));
  }

  /// Writes what became of a device of a plan.
  static void update(Transaction transaction, PlanItem item) throws SQLException {
    var result = item.result().orElseThrow();
    transaction.update(
        """
        UPDATE decommission_item
        SET state = ?, at = ?, revoked = ?, abandoned = ?, burned = ?, unplanned = ?, detail = ?,
            waits_for = ?
        WHERE plan_id = ? AND owner_id = ?
        """,
        item.state(),
        result.at(),
        result.revoked(),
        result.abandoned(),
        result.burned(),
        String.join(" ", result.unplanned()),
        result.detail(),
        item.state() == PlanItem.State.DONE ? Optional.of(WAITS_FOR_SIGHT) : Optional.empty(),
        item.plan().value(),
        item.device().owner().id());
  }

  static void insert(Transaction transaction, Owner device, int epoch, WipeRecord record)
      throws SQLException {
    var values = new ArrayList<Object>(List.of(device.kind().text(), device.id(), epoch));
    values.addAll(columns(Optional.of(record.evidence())));
    values.addAll(List.of(record.by(), record.recordedAt()));
    transaction.update(
        """
        INSERT INTO wipe_evidence (owner_kind, owner_id, epoch, wipe_method, wipe_tool,
                                   wipe_verified_by, wipe_at, wipe_serial, wipe_file_sha256,
                                   wipe_waiver, recorded_by, recorded_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        values.toArray());
  }

  static WipeRecord wipe(ResultSet row) throws SQLException {
    return new WipeRecord(
        evidence(row).orElseThrow(), row.getString("recorded_by"), Sql.instant(row, "recorded_at"));
  }

  static StoredReceipt receipt(ResultSet row) throws SQLException {
    return new StoredReceipt(
        owner(row),
        row.getInt("epoch"),
        Sql.instant(row, "made_at"),
        new String(row.getBytes("jws"), StandardCharsets.US_ASCII));
  }

  private static Optional<WipeEvidence> evidence(ResultSet row) throws SQLException {
    var waiver = row.getString("wipe_waiver");
    if (waiver != null) {
      return Optional.of(new Waived(waiver));
    }
    var method = row.getString("wipe_method");
    return method == null
        ? Optional.empty()
        : Optional.of(
            new Wiped(
                WipeEvidence.Method.valueOf(method),
                row.getString("wipe_tool"),
                row.getString("wipe_verified_by"),
                Sql.instant(row, "wipe_at"),
                Optional.ofNullable(row.getString("wipe_serial")),
                Optional.ofNullable(row.getString("wipe_file_sha256"))));
  }

  /// Method, tool, verifier, time, serial, file, waiver.
  private static List<Object> columns(Optional<WipeEvidence> evidence) {
    var none = Optional.empty();
    if (evidence.isEmpty()) {
      return List.of(none, none, none, none, none, none, none);
    }
    return switch (evidence.get()) {
      case Wiped wiped ->
          List.of(
              wiped.method(),
              wiped.tool(),
              wiped.verifiedBy(),
              wiped.at(),
              wiped.serial(),
              wiped.fileSha256(),
              none);
      case Waived(var reason) -> List.of(none, none, none, none, none, none, reason);
    };
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
  }

  private static Owner owner(ResultSet row) throws SQLException {
    return new Owner(OwnerKind.of(row.getString("owner_kind")), row.getString("owner_id"));
  }
}
