package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.OwnerState.Trigger;
import dev.nameplate.ca.store.AttributeEdit;
import dev.nameplate.ca.store.AttributeEdit.Attribute;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.Epoch;
import dev.nameplate.ca.store.LifeRules;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.OwnerLife;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevocationRules;
import dev.nameplate.ca.store.Suspension;
import dev.nameplate.ca.x509.RevocationReason;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How owners move from state to state: one transaction each, with the owner's row locked.
final class Lives {

  /// What moves an owner that may be moved.
  @FunctionalInterface
  private interface Step {
    MoveOutcome take(OwnerRecord record) throws SQLException;
  }

  private Lives() {}

  static MoveOutcome finish(
      Transaction transaction,
      Owner owner,
      int epoch,
      Instant now,
      AuditEvent.RetirementFinished why)
      throws SQLException {
    return move(
        transaction,
        owner,
        record -> {
          var refused = LifeRules.whyNotFinished(record, epoch);
          if (refused.isPresent()) {
            return refused.get();
          }
          update(
              transaction,
              owner,
              "UPDATE owner SET state = ?, finished_at = ? WHERE kind = ? AND id = ?",
              OwnerState.RETIRED,
              now);
          transaction.record(why);
          return moved(record.in(OwnerState.RETIRED));
        });
  }

  static MoveOutcome suspend(Transaction transaction, Owner owner, Suspension suspension)
      throws SQLException {
    return move(
        transaction,
        owner,
        record -> {
          var refused = LifeRules.whyNot(record, Trigger.SUSPEND);
          if (refused.isPresent()) {
            return refused.get();
          }
          var now = suspension.since();
          var live = Certificates.notEnded(transaction, owner);
          var good =
              live.stream()
                  .filter(each -> each.state() == CertificateState.ISSUED)
                  .filter(each -> each.revocation().isEmpty() && !each.isExpiredAt(now))
                  .toList();
          var reserved =
              live.stream().filter(each -> each.state() == CertificateState.RESERVED).toList();
          transaction.record(
              new AuditEvent.Suspended(
                  owner,
                  record.epoch(),
                  suspension.reason(),
                  suspension.until().map(Instant::toString).orElse(""),
                  good.size(),
                  reserved.size(),
                  suspension.by()));
          update(
              transaction,
              owner,
              """
              UPDATE owner
              SET state = ?, suspended_at = ?, suspended_until = ?, suspended_by = ?,
                  suspended_why = ?
              WHERE kind = ? AND id = ?
              """,
              OwnerState.SUSPENDED,
              now,
              suspension.until(),
              suspension.by(),
              suspension.reason());
          var hold = new RevocationRecord(now, RevocationReason.CERTIFICATE_HOLD, Optional.empty());
          var held = new ArrayList<CertificateRecord>();
          for (var each : good) {
            held.add(JdbcCertificateStore.revoke(transaction, each, hold, suspension.by()));
          }
          for (var each : reserved) {
            JdbcCertificateStore.abandon(
                transaction, each, RevocationReason.UNSPECIFIED, now, "its owner was suspended");
          }
          return new MoveOutcome.Moved(record.in(OwnerState.SUSPENDED), held);
        });
  }

  static MoveOutcome resume(Transaction transaction, Owner owner, String why, String by)
      throws SQLException {
    return move(
        transaction,
        owner,
        record -> {
          var refused = LifeRules.whyNot(record, Trigger.RESUME);
          return refused.isPresent() ? refused.get() : resumed(transaction, record, why, by);
        });
  }

  static MoveOutcome resumeIfOver(
      Transaction transaction, Owner owner, Instant now, String why, String by)
      throws SQLException {
    return move(
        transaction,
        owner,
        record -> {
          var until =
              transaction
                  .first(
                      "SELECT suspended_until FROM owner WHERE kind = ? AND id = ?",
                      row -> Sql.optionalInstant(row, "suspended_until"),
                      owner.kind().text(),
                      owner.id())
                  .flatMap(end -> end);
          var refused = LifeRules.whyNotResumed(record, until, now);
          return refused.isPresent() ? refused.get() : resumed(transaction, record, why, by);
        });
  }

  private static MoveOutcome resumed(
      Transaction transaction, OwnerRecord record, String why, String by) throws SQLException {
    var owner = record.owner();
    var active = record.in(OwnerState.ACTIVE);
    var held = heldBySuspension(transaction, active);
    transaction.record(new AuditEvent.Resumed(owner, record.epoch(), held.size(), why, by));
    update(
        transaction,
        owner,
        """
        UPDATE owner
        SET state = ?, suspended_at = NULL, suspended_until = NULL, suspended_by = NULL,
            suspended_why = NULL
        WHERE kind = ? AND id = ?
        """,
        OwnerState.ACTIVE);
    var released = new ArrayList<CertificateRecord>();
    for (var each : held) {
      released.add(JdbcCertificateStore.release(transaction, each, by));
    }
    return new MoveOutcome.Moved(active, released);
  }

  private static List<CertificateRecord> heldBySuspension(
      Transaction transaction, OwnerRecord active) throws SQLException {
    var owner = active.owner();
    var candidates =
        transaction.list(
            Certificates.SELECT
                + """
                WHERE owner_kind = ? AND owner_id = ? AND revocation_reason = ?
                  AND revoked_at >= (SELECT suspended_at FROM owner WHERE kind = ? AND id = ?)
                ORDER BY serial
                """,
            Certificates::record,
            owner.kind().text(),
            owner.id(),
            RevocationReason.CERTIFICATE_HOLD.code(),
            owner.kind().text(),
            owner.id());
    var held = new ArrayList<CertificateRecord>();
    for (var each : candidates) {
      var key = Owners.claim(transaction, Owners.ClaimKind.KEY, each.key().hex());
      if (RevocationRules.whyNotReleased(each, Optional.of(active), key).isEmpty()) {
        held.add(each);
      }
    }
    return held;
  }

  static MoveOutcome cancel(
      Transaction transaction, Owner owner, Instant now, String why, String by)
      throws SQLException {
    return move(
        transaction,
        owner,
        record -> {
          var refused = LifeRules.whyNotCancelled(record, certificates(transaction, record));
          if (refused.isPresent()) {
            return refused.get();
          }
          int burned = Owners.burnSecrets(transaction, owner);
          transaction.record(
              new AuditEvent.RegistrationCancelled(owner, record.epoch(), burned, why, by));
          Requests.voidAll(transaction, owner, "its registration was cancelled");
          if (record.epoch() == 1) {
            update(
                transaction,
                owner,
                """
                DELETE FROM claim
                WHERE kind IN ('HARDWARE_SERIAL', 'IDEVID') AND owner_kind = ? AND owner_id = ?
                """);
          }
          Owners.buryClaims(transaction, owner, now);
          Owners.move(transaction, record, OwnerState.CANCELLED);
          return moved(record.in(OwnerState.CANCELLED));
        });
  }

  private static int certificates(Transaction transaction, OwnerRecord record) throws SQLException {
    return transaction
        .first(
            """
            SELECT COUNT(*) AS certificates FROM certificate
            WHERE owner_kind = ? AND owner_id = ? AND epoch = ? AND state <> 'ABANDONED'
            """,
            row -> row.getInt("certificates"),
            record.owner().kind().text(),
            record.owner().id(),
            record.epoch())
        .orElseThrow();
  }

  static MoveOutcome repurpose(
      Transaction transaction, Owner owner, String label, Instant now, String why, String by)
      throws SQLException {
    return move(
        transaction,
        owner,
        record -> {
          var refused = LifeRules.whyNot(record, Trigger.REPURPOSE);
          if (refused.isPresent()) {
            return refused.get();
          }
          var reopened = record.reopened(OwnerState.REGISTERED, label);
          update(
              transaction,
              owner,
              """
              INSERT INTO owner_epoch (kind, id, epoch, label, opened_at, retired_at, finished_at)
              SELECT kind, id, epoch, label, COALESCE(opened_at, registered_at), retired_at,
                     COALESCE(finished_at, retired_at)
              FROM owner WHERE kind = ? AND id = ?
              """);
          update(
              transaction,
              owner,
              """
              UPDATE owner
              SET state = ?, epoch = ?, label = ?, opened_at = ?, retired_at = NULL,
                  finished_at = NULL
              WHERE kind = ? AND id = ?
              """,
              OwnerState.REGISTERED,
              reopened.epoch(),
              label,
              now);
          update(
              transaction,
              owner,
              """
              UPDATE claim
              SET tombstone = FALSE, tombstone_at = NULL, epoch = ?, lifted_at = ?, lifted_by = ?
              WHERE kind IN ('NAME', 'HARDWARE_SERIAL', 'IDEVID')
                AND owner_kind = ? AND owner_id = ?
              """,
              reopened.epoch(),
              now,
              by);
          transaction.record(new AuditEvent.Repurposed(owner, reopened.epoch(), label, why, by));
          return moved(reopened);
        });
  }

  static MoveOutcome purge(
      Transaction transaction, Owner owner, Duration retention, Instant now, String by)
      throws SQLException {
    return move(
        transaction,
        owner,
        record -> {
          var life = new OwnerLife(List.of(present(transaction, owner)), Optional.empty());
          var refused =
              LifeRules.whyNotPurged(record, life, lastExpiry(transaction, owner), retention, now);
          if (refused.isPresent()) {
            return refused.get();
          }
          int erased = erase(transaction, owner);
          transaction.record(new AuditEvent.Purged(owner, record.epoch(), erased, by));
          var after =
              record.with(AttributeEdit.forgetting().of(record.attributes())).in(OwnerState.PURGED);
          Owners.know(transaction, after);
          Owners.move(transaction, record, OwnerState.PURGED);
          return moved(after);
        });
  }

  private static Optional<Instant> lastExpiry(Transaction transaction, Owner owner)
      throws SQLException {
    return transaction
        .first(
            """
            SELECT MAX(not_after) AS last_expiry FROM certificate
            WHERE owner_kind = ? AND owner_id = ? AND state = 'ISSUED'
            """,
            row -> Sql.optionalInstant(row, "last_expiry"),
            owner.kind().text(),
            owner.id())
        .orElseThrow();
  }

  /// The payloads of one kind of event only, which nobody else's row can have: they name the owner.
  private static int erase(Transaction transaction, Owner owner) throws SQLException {
    var kind = AuditEvent.AttributesChanged.class.getSimpleName();
    var hashes =
        transaction.list(
            "SELECT payload_hash FROM audit_row WHERE subject = ? AND kind = ?",
            row -> row.getString("payload_hash"),
            owner.toString(),
            kind);
    for (var hash : hashes) {
      transaction.update("DELETE FROM audit_payload WHERE hash = ?", hash);
    }
    return hashes.size();
  }

  static MoveOutcome edit(
      Transaction transaction, Owner owner, AttributeEdit edit, Instant now, String by)
      throws SQLException {
    return move(
        transaction,
        owner,
        record -> {
          var refused = LifeRules.whyNotEdited(record);
          if (refused.isPresent()) {
            return refused.get();
          }
          var after = record.with(edit.of(record.attributes()));
          var changes = AttributeEdit.difference(record.attributes(), after.attributes());
          if (changes.isEmpty()) {
            return moved(record);
          }
          var before = Attribute.HARDWARE_SERIAL.of(record.attributes());
          var wanted = Attribute.HARDWARE_SERIAL.of(after.attributes());
          if (!before.equals(wanted)) {
            var taken = Owners.hardwareSerial(transaction, wanted);
            if (taken.filter(claim -> !claim.owner().equals(owner)).isPresent()) {
              return LifeRules.serialTaken(record, taken.get().owner());
            }
            giveUpHardwareSerial(transaction, owner, now);
            if (!reclaimed(transaction, after)) {
              Owners.claimHardwareSerial(transaction, after, now);
            }
          }
          Owners.know(transaction, after);
          transaction.record(new AuditEvent.AttributesChanged(owner, changes, by));
          return moved(after);
        });
  }

  /// One that was a tombstone until a repurposing is one again.
  private static void giveUpHardwareSerial(Transaction transaction, Owner owner, Instant now)
      throws SQLException {
    update(
        transaction,
        owner,
        """
        UPDATE claim SET tombstone = TRUE, tombstone_at = ?
        WHERE kind = 'HARDWARE_SERIAL' AND tombstone = FALSE AND lifted_at IS NOT NULL
          AND owner_kind = ? AND owner_id = ?
        """,
        now);
    update(
        transaction,
        owner,
        """
        DELETE FROM claim
        WHERE kind = 'HARDWARE_SERIAL' AND tombstone = FALSE AND owner_kind = ? AND owner_id = ?
        """);
  }

  /// Whether the owner had its hardware serial before, and gave it up.
  private static boolean reclaimed(Transaction transaction, OwnerRecord record)
      throws SQLException {
    var serial = record.attributes().hardwareSerial();
    return serial.isPresent()
        && transaction.update(
                """
                UPDATE claim SET tombstone = FALSE, tombstone_at = NULL, epoch = ?
                WHERE kind = 'HARDWARE_SERIAL' AND claimed = ? AND owner_kind = ? AND owner_id = ?
                """,
                record.epoch(),
                LifeRules.hardwareSerial(serial.get()),
                record.owner().kind().text(),
                record.owner().id())
            == 1;
  }

  static OwnerLife life(Connection connection, Owner owner, Epoch present) throws SQLException {
    var epochs =
        new ArrayList<>(
            Sql.list(
                connection,
                """
                SELECT epoch, label, opened_at, retired_at, finished_at FROM owner_epoch
                WHERE kind = ? AND id = ? ORDER BY epoch
                """,
                Lives::epoch,
                owner.kind().text(),
                owner.id()));
    epochs.add(present);
    var suspension =
        Sql.first(
            connection,
            """
            SELECT suspended_at, suspended_until, suspended_why, suspended_by FROM owner
            WHERE kind = ? AND id = ? AND suspended_at IS NOT NULL
            """,
            row ->
                new Suspension(
                    Sql.instant(row, "suspended_at"),
                    Sql.optionalInstant(row, "suspended_until"),
                    row.getString("suspended_why"),
                    row.getString("suspended_by")),
            owner.kind().text(),
            owner.id());
    return new OwnerLife(epochs, suspension);
  }

  private static final String PRESENT =
      """
      SELECT epoch, label, COALESCE(opened_at, registered_at) AS opened_at, retired_at, finished_at
      FROM owner WHERE kind = ? AND id = ?
      """;

  static Optional<Epoch> present(Connection connection, Owner owner) throws SQLException {
    return Sql.first(connection, PRESENT, Lives::epoch, owner.kind().text(), owner.id());
  }

  private static Epoch present(Transaction transaction, Owner owner) throws SQLException {
    return transaction.first(PRESENT, Lives::epoch, owner.kind().text(), owner.id()).orElseThrow();
  }

  private static Epoch epoch(ResultSet row) throws SQLException {
    return new Epoch(
        row.getInt("epoch"),
        row.getString("label"),
        Sql.instant(row, "opened_at"),
        Sql.optionalInstant(row, "retired_at"),
        Sql.optionalInstant(row, "finished_at"));
  }

  private static MoveOutcome move(Transaction transaction, Owner owner, Step step)
      throws SQLException {
    var locked = Owners.lock(transaction, owner);
    return locked.isEmpty() ? new MoveOutcome.NotFound() : step.take(locked.get());
  }

  private static MoveOutcome moved(OwnerRecord after) {
    return new MoveOutcome.Moved(after, List.of());
  }

  /// A statement whose last two values are the owner's.
  private static void update(Transaction transaction, Owner owner, String sql, Object... values)
      throws SQLException {
    var all = new ArrayList<Object>(List.of(values));
    all.add(owner.kind().text());
    all.add(owner.id());
    transaction.update(sql, all.toArray());
  }
}
