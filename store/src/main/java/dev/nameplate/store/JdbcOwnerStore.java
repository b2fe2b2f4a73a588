package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.OwnerState.Move;
import dev.nameplate.ca.store.AttributeEdit;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.DeviceFilter;
import dev.nameplate.ca.store.DevicePage;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.OwnerLife;
import dev.nameplate.ca.store.OwnerQuery;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.ReceiveOutcome;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.store.Suspension;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.RevocationReason;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Owners, their names and their secrets in the database.
final class JdbcOwnerStore implements OwnerStore {

  private final GroupCommit writer;
  private final Reader reader;
  private final InstantSource clock;

  JdbcOwnerStore(GroupCommit writer, Reader reader, InstantSource clock) {
    this.writer = writer;
    this.reader = reader;
    this.clock = clock;
  }

  @Override
  public RegisterOutcome register(
      Owner owner,
      String label,
      DeviceAttributes attributes,
      Instant now,
      AuditEvent.OwnerRegistered why) {
    return writer.submit(
        Lane.ISSUE,
        owner.foldedName(),
        "register " + owner,
        transaction -> register(transaction, owner, label, attributes, now, why));
  }

  private static RegisterOutcome register(
      Transaction transaction,
      Owner owner,
      String label,
      DeviceAttributes attributes,
      Instant now,
      AuditEvent why)
      throws SQLException {
    var taken = Owners.claim(transaction, Owners.ClaimKind.NAME, owner.foldedName());
    if (taken.isPresent()) {
      var by = taken.get().owner();
      return taken.get().tombstone()
          ? new RegisterOutcome.NameRetired(by)
          : new RegisterOutcome.NameTaken(by);
    }
    var serial = Owners.hardwareSerial(transaction, attributes.hardwareSerial());
    if (serial.isPresent()) {
      return new RegisterOutcome.HardwareSerialTaken(
          serial.get().owner(), serial.get().tombstone());
    }
    transaction.update(
        """
        INSERT INTO owner (kind, id, folded, epoch, state, label, registered_at, model, site,
                           device_group, lot, held_by, hardware_serial)
        VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        owner.kind().text(),
        owner.id(),
        owner.foldedName(),
        OwnerState.REGISTERED,
        label,
        now,
        attributes.model(),
        attributes.site(),
        attributes.group(),
        attributes.lot(),
        attributes.owner(),
        attributes.hardwareSerial());
    var record =
        new OwnerRecord(owner, 1, OwnerState.REGISTERED, label, attributes, now, Optional.empty());
    Owners.addClaim(transaction, Owners.ClaimKind.NAME, owner.foldedName(), owner, 1, now);
    Owners.claimHardwareSerial(transaction, record, now);
    transaction.record(why);
    return new RegisterOutcome.Registered(record);
  }

  @Override
  public ReceiveOutcome receive(
      Owner owner,
      String label,
      DeviceAttributes attributes,
      Set<KeyFingerprint> keys,
      Instant now,
      AuditEvent.DeviceReceived why) {
    return writer.submit(
        Lane.BULK,
        owner.foldedName(),
        "receive " + owner,
        transaction -> {
          for (var key : keys) {
            var claim = Owners.claim(transaction, Owners.ClaimKind.KEY, key.hex());
            if (claim.isPresent()) {
              return new ReceiveOutcome.KeyTaken(key, claim.get().owner());
            }
          }
          var outcome = register(transaction, owner, label, attributes, now, why);
          if (!(outcome instanceof RegisterOutcome.Registered(var record))) {
            return new ReceiveOutcome.NotRegistered(outcome);
          }
          for (var key : keys) {
            Owners.addClaim(
                transaction, Owners.ClaimKind.KEY, key.hex(), owner, record.epoch(), now);
            Owners.buryKey(transaction, key, now);
          }
          return new ReceiveOutcome.Received(record);
        });
  }

  @Override
  public boolean addSecret(SecretRecord secret, AuditEvent.SecretIssued why) {
    return writer.submit(
        Lane.ISSUE,
        secret.owner().foldedName(),
        "add secret " + secret.id(),
        transaction -> {
          var owner = Owners.lock(transaction, secret.owner());
          if (owner.isEmpty()
              || !owner.get().state().mayEnroll()
              || owner.get().epoch() != secret.epoch()) {
            return false;
          }
          transaction.update(
              """
              INSERT INTO enrollment_secret (id, owner_kind, owner_id, epoch, hmac, uses_left,
                                             issued_at, expires_at, burned, digest)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
              """,
              secret.id(),
              secret.owner().kind().text(),
              secret.owner().id(),
              secret.epoch(),
              secret.hmac(),
              secret.usesLeft(),
              clock.instant(),
              secret.expiresAt(),
              secret.burned(),
              secret.digest());
          transaction.record(why);
          return true;
        });
  }

  @Override
  public RetireOutcome retire(Owner owner, RevocationReason reason, Instant now, String by) {
    return writer.submit(
        Lane.REVOKE,
        owner.foldedName(),
        "retire " + owner,
        transaction -> retire(transaction, owner, reason, now, by));
  }

  /// The same as part of a larger change.
  static RetireOutcome retire(
      Transaction transaction, Owner owner, RevocationReason reason, Instant now, String by)
      throws SQLException {
    var locked = Owners.lock(transaction, owner);
    if (locked.isEmpty()) {
      return new RetireOutcome.NotFound();
    }
    var before = locked.get();
    if (!(before.state().retire(owner.kind()) instanceof Move.To(var next))) {
      return before.state() == OwnerState.RETIRING || before.state() == OwnerState.RETIRED
          ? new RetireOutcome.AlreadyRetired(before)
          : new RetireOutcome.Refused(before);
    }
    var live = Certificates.notEnded(transaction, owner);
    var issued =
        live.stream()
            .filter(record -> record.state() == CertificateState.ISSUED)
            .filter(record -> !record.isExpiredAt(now))
            .toList();
    var reserved =
        live.stream().filter(record -> record.state() == CertificateState.RESERVED).toList();
    int burned = Owners.burnSecrets(transaction, owner);
    transaction.record(
        new AuditEvent.Retired(
            owner, before.epoch(), reason, issued.size(), reserved.size(), burned, by));
    var revoked = new ArrayList<CertificateRecord>();
    for (var record : issued) {
      var why = new RevocationRecord(now, reason, Optional.empty());
      revoked.add(JdbcCertificateStore.revoke(transaction, record, why, by));
    }
    for (var record : reserved) {
      JdbcCertificateStore.abandon(transaction, record, reason, now, "its owner was retired");
    }
    Requests.voidAll(transaction, owner, "its owner was retired");
    Owners.buryClaims(transaction, owner, now);
    transaction.update(
        """
        UPDATE owner
        SET state = ?, retired_at = ?, suspended_at = NULL, suspended_until = NULL,
            suspended_by = NULL, suspended_why = NULL
        WHERE kind = ? AND id = ?
        """,
        next,
        now,
        owner.kind().text(),
        owner.id());
    return new RetireOutcome.Retired(before.retired(next, now), revoked, reserved.size(), burned);
  }

  @Override
  public MoveOutcome finishRetirement(
      Owner owner, int epoch, Instant now, AuditEvent.RetirementFinished why) {
    return move(
        Lane.REVOKE,
        owner,
        "finish the retirement of",
        transaction -> Lives.finish(transaction, owner, epoch, now, why));
  }

  @Override
  public MoveOutcome suspend(Owner owner, Suspension suspension) {
    return move(
        Lane.REVOKE,
        owner,
        "suspend",
        transaction -> Lives.suspend(transaction, owner, suspension));
  }

  @Override
  public MoveOutcome resume(Owner owner, Instant now, String why, String by) {
    return move(
        Lane.REVOKE, owner, "resume", transaction -> Lives.resume(transaction, owner, why, by));
  }

  @Override
  public MoveOutcome resumeIfOver(Owner owner, Instant now, String why, String by) {
    return move(
        Lane.REVOKE,
        owner,
        "resume",
        transaction -> Lives.resumeIfOver(transaction, owner, now, why, by));
  }

  @Override
  public List<OwnerRecord> suspensionsOver(Instant now, int limit) {
    return reader.read(connection ->
        Sql.list(
            connection,
            Owners.SELECT
                + """
                WHERE suspended_until <= ?
                ORDER BY suspended_until, kind, id FETCH FIRST ? ROWS ONLY
                """,
            Owners::record,
            now,
            limit));
  }

  @Override
  public MoveOutcome cancel(Owner owner, Instant now, String why, String by) {
    return move(
        Lane.ISSUE, owner, "cancel", transaction -> Lives.cancel(transaction, owner, now, why, by));
  }

  @Override
  public MoveOutcome repurpose(Owner owner, String label, Instant now, String why, String by) {
    return move(
        Lane.ISSUE,
        owner,
        "repurpose",
        transaction -> Lives.repurpose(transaction, owner, label, now, why, by));
  }

  @Override
  public MoveOutcome purge(Owner owner, Duration retention, Instant now, String by) {
    return move(
        Lane.BULK,
        owner,
        "purge",
        transaction -> Lives.purge(transaction, owner, retention, now, by));
  }

  @Override
  public MoveOutcome edit(Owner owner, AttributeEdit edit, Instant now, String by) {
    return move(
        Lane.ISSUE, owner, "edit", transaction -> Lives.edit(transaction, owner, edit, now, by));
  }

  private MoveOutcome move(Lane lane, Owner owner, String what, Work<MoveOutcome> work) {
    return writer.submit(lane, owner.foldedName(), what + " " + owner, work);
  }

  @Override
  public Optional<OwnerLife> life(Owner owner) {
    return reader.read(connection -> {
      var present = Lives.present(connection, owner);
      return present.isEmpty()
          ? Optional.empty()
          : Optional.of(Lives.life(connection, owner, present.get()));
    });
  }

  @Override
  public Optional<OwnerRecord> find(Owner owner) {
    return reader.read(connection ->
        Sql.first(
            connection,
            Owners.SELECT + "WHERE kind = ? AND id = ?",
            Owners::record,
            owner.kind().text(),
            owner.id()));
  }

  @Override
  public List<OwnerRecord> list(OwnerQuery query) {
    var where = new StringBuilder("WHERE kind = ? AND id > ?");
    var values = new ArrayList<Object>();
    values.add(query.kind().text());
    values.add(query.after().orElse(""));
    query
        .state()
        .ifPresent(state -> {
          where.append(" AND state = ?");
          values.add(state);
        });
    values.add(query.limit());
    return reader.read(connection ->
        Sql.list(
            connection,
            Owners.SELECT + where + " ORDER BY kind, id FETCH FIRST ? ROWS ONLY",
            Owners::record,
            values.toArray()));
  }

  @Override
  public DevicePage search(DeviceFilter filter, Optional<String> after, int limit) {
    return reader.read(connection -> DeviceSearch.page(connection, filter, after, limit));
  }

  @Override
  public List<SecretRecord> secrets(Owner owner) {
    return reader.read(connection ->
        Sql.list(
            connection,
            Owners.SELECT_SECRET
                + """
                WHERE owner_kind = ? AND owner_id = ?
                  AND epoch = (SELECT epoch FROM owner WHERE kind = ? AND id = ?)
                ORDER BY issued_at, id
                """,
            Owners::secret,
            owner.kind().text(),
            owner.id(),
            owner.kind().text(),
            owner.id()));
  }

  @Override
  public Optional<SecretRecord> secret(Der hmac) {
    var found =
        reader.read(connection ->
            Sql.list(
                connection,
                Owners.SELECT_SECRET
                    + """
                    WHERE hmac = ? AND epoch =
                      (SELECT owner.epoch FROM owner WHERE kind = owner_kind AND owner.id = owner_id)
                    FETCH FIRST 2 ROWS ONLY
                    """,
                Owners::secret,
                hmac));
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }
}
