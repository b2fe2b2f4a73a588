package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.OwnerState.Move;
import dev.nameplate.ca.device.OwnerState.Trigger;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.ApprovalRules;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.PendingRequest.State;
import dev.nameplate.ca.store.ReleaseOutcome;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReservationRules;
import dev.nameplate.ca.store.ReservationRules.Ruling;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevocationRules;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.store.Situation;
import dev.nameplate.ca.store.Situation.Vouching;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Certificates in the database. Every change locks its owner's row first, and the rest is as that
/// lock finds it.
final class JdbcCertificateStore implements CertificateStore {

  private static final String OURSELVES = "nameplate";

  /// What OCSP asks: one row by its primary key, and of that a few numbers.
  static final String STATUS =
      """
      SELECT state, not_after, revoked_at, revocation_reason, invalidity_date
      FROM certificate WHERE issuer_id = ? AND serial = ?
      """;

  private static final String STATUSES =
      """
      SELECT serial, state, not_after, revoked_at, revocation_reason, invalidity_date
      FROM certificate WHERE issuer_id = ? AND serial IN (?%s)
      """;

  private static final String LOST =
      """
      SELECT serial, 'ABANDONED' AS state, not_after, revoked_at, revocation_reason,
             invalidity_date
      FROM lost_certificate WHERE issuer_id = ? AND serial IN (?%s)
      """;

  private final Dialect dialect;
  private final Writer writer;
  private final Reader reader;
  private final InstantSource clock;

  JdbcCertificateStore(Dialect dialect, Writer writer, Reader reader, InstantSource clock) {
    this.dialect = dialect;
    this.writer = writer;
    this.reader = reader;
    this.clock = clock;
  }

  @Override
  public ReserveOutcome reserve(Reservation reservation, AuditEvent.Issuing why) {
    return writer.submit(
        Lane.ISSUE,
        reservation.requester().owner().foldedName(),
        "reserve serial " + reservation.tbs().serial(),
        transaction -> reserve(transaction, reservation, why));
  }

  private static ReserveOutcome reserve(
      Transaction transaction, Reservation reservation, AuditEvent.Issuing why)
      throws SQLException {
    var situation = situation(transaction, reservation);
    return switch (ReservationRules.rule(reservation, situation)) {
      case Ruling.Answer(var outcome) -> outcome;
      case Ruling.Reserve(var voids, var spends) -> {
        if (voids.isPresent()) {
          giveWay(transaction, voids.get(), reservation.now());
        }
        var secret = reservation.requester().secret();
        if (spends && secret.isPresent()) {
          transaction.update(
              "UPDATE enrollment_secret SET uses_left = uses_left - 1 WHERE id = ?", secret.get());
        }
        if (situation.key().isEmpty()) {
          Owners.addClaim(
              transaction,
              Owners.ClaimKind.KEY,
              reservation.tbs().publicKey().fingerprint().hex(),
              reservation.requester().owner(),
              reservation.requester().epoch(),
              reservation.now());
        }
        if (reservation.requester().holder() instanceof Requester.ByManufacturer by
            && situation.vouching().idevid().isEmpty()) {
          Owners.addClaim(
              transaction,
              Owners.ClaimKind.IDEVID,
              by.idevid().publicKey().fingerprint().hex(),
              by.owner(),
              by.epoch(),
              reservation.now());
        }
        Certificates.insert(transaction, reservation);
        var approval = ApprovalRules.used(reservation, situation);
        if (approval.isPresent()) {
          Requests.update(transaction, approval.get().ended(State.USED));
        }
        transaction.record(why);
        yield new ReserveOutcome.Reserved();
      }
      case Ruling.Queue(var request, var replaces) -> {
        if (replaces.isPresent()) {
          Requests.giveWay(transaction, replaces.get(), reservation.now());
        }
        Requests.insert(transaction, request);
        yield new ReserveOutcome.Queued(request);
      }
    };
  }

  private static Situation situation(Transaction transaction, Reservation reservation)
      throws SQLException {
    var requester = reservation.requester();
    var owner = requester.owner();
    var locked = Owners.lock(transaction, owner);
    return new Situation(
        locked,
        Owners.claim(transaction, Owners.ClaimKind.NAME, owner.foldedName()),
        Owners.claim(
            transaction, Owners.ClaimKind.KEY, reservation.tbs().publicKey().fingerprint().hex()),
        secret(transaction, requester),
        presented(transaction, requester),
        Certificates.inSlot(
            transaction, owner, requester.epoch(), reservation.label(), Slot.PENDING),
        transaction.first(
            Certificates.SELECT
                + "WHERE sameness = ? ORDER BY reserved_at DESC FETCH FIRST 1 ROWS ONLY",
            Certificates::record,
            reservation.sameness()),
        reservation.repeatable()
            ? Optional.empty()
            : Certificates.firstAnswered(transaction, reservation.sameness()),
        reservation.countsKeyUses()
            ? Certificates.keyUses(transaction, owner, reservation.tbs().publicKey().fingerprint())
            : 0,
        reservation.approval().isPresent()
            ? Requests.queue(transaction, reservation.approval().get().request())
            : Situation.Queue.NOT_ASKED,
        vouching(transaction, reservation));
  }

  private static Vouching vouching(Transaction transaction, Reservation reservation)
      throws SQLException {
    boolean keyIsIdevid =
        Owners.claim(
                transaction,
                Owners.ClaimKind.IDEVID,
                reservation.tbs().publicKey().fingerprint().hex())
            .isPresent();
    return switch (reservation.requester().holder()) {
      case Requester.ByManufacturer by ->
          new Vouching(
              keyIsIdevid,
              Owners.claim(
                  transaction,
                  Owners.ClaimKind.IDEVID,
                  by.idevid().publicKey().fingerprint().hex()),
              Owners.idevid(transaction, by.owner()),
              Optional.empty(),
              JdbcAnchorStore.trusts(transaction, reservation.label(), by.anchor()));
      case Requester.ByStation by ->
          new Vouching(
              keyIsIdevid,
              Optional.empty(),
              Optional.empty(),
              withDer(transaction, by.presented().sha256()),
              JdbcStationStore.works(transaction, by.station(), reservation.label()));
      case Requester.BySecret _,
          Requester.ByCertificate _,
          Requester.WithSecret _,
          Requester.Internal _ ->
          new Vouching(keyIsIdevid, Optional.empty(), Optional.empty(), Optional.empty(), false);
    };
  }

  private static Optional<CertificateRecord> withDer(Transaction transaction, String sha256)
      throws SQLException {
    return transaction.first(
        Certificates.SELECT + "WHERE der_sha256 = ?", Certificates::record, sha256);
  }

  private static Optional<SecretRecord> secret(Transaction transaction, Requester requester)
      throws SQLException {
    return requester.secret().isPresent()
        ? transaction.first(
            Owners.SELECT_SECRET + "WHERE id = ?", Owners::secret, requester.secret().get())
        : Optional.empty();
  }

  private static Optional<CertificateRecord> presented(Transaction transaction, Requester requester)
      throws SQLException {
    if (requester.certificate().isEmpty()) {
      return Optional.empty();
    }
    var certificate = requester.certificate().get();
    // found by the hash of the whole certificate, it is the one that the caller has parsed
    return transaction.first(
        Certificates.SELECT + "WHERE der_sha256 = ?",
        row -> Certificates.record(row, _ -> certificate),
        certificate.sha256());
  }

  @Override
  public CompleteOutcome complete(
      IssuerId issuer,
      Certificate certificate,
      boolean confirmed,
      Supersede supersede,
      AuditEvent.Issued why) {
    return writer.submit(
        Lane.ISSUE,
        why.owner().foldedName(),
        "complete serial " + certificate.serial(),
        transaction -> complete(transaction, issuer, certificate, confirmed, supersede, why));
  }

  private CompleteOutcome complete(
      Transaction transaction,
      IssuerId issuer,
      Certificate certificate,
      boolean confirmed,
      Supersede supersede,
      AuditEvent.Issued why)
      throws SQLException {
    var owner = Owners.lock(transaction, why.owner());
    var record = Certificates.find(transaction, issuer, certificate.serial());
    if (owner.isEmpty() || record.isEmpty() || !record.get().owner().equals(why.owner())) {
      throw new IllegalArgumentException(
          "serial " + certificate.serial() + " was never reserved for " + why.owner());
    }
    var reserved = record.get();
    if (reserved.state() != CertificateState.RESERVED) {
      return reserved.certificate().equals(Optional.of(certificate))
              && reserved.revocation().isEmpty()
          ? new CompleteOutcome.Completed()
          : new CompleteOutcome.Unwanted();
    }
    var now = clock.instant();
    if (isWithoutCredential(transaction, reserved)) {
      abandon(
          transaction,
          reserved,
          RevocationReason.UNSPECIFIED,
          now,
          CertificateStore.CREDENTIAL_REVOKED);
      return new CompleteOutcome.Unwanted();
    }
    var issued = reserved.issued(certificate);
    transaction.record(why);
    if (confirmed) {
      leaveConfirmedSlot(transaction, issued, supersede, now);
      Certificates.issue(transaction, reserved, issued.confirmed(now), now);
      Owners.issued(
          transaction, owner.get(), owner.get().state().issuedAndSeen(), now, issued.notAfter());
    } else {
      Certificates.issue(transaction, reserved, issued, now);
      Owners.issued(transaction, owner.get(), owner.get().state().issued(), now, issued.notAfter());
    }
    return new CompleteOutcome.Completed();
  }

  @Override
  public boolean abandon(IssuerId issuer, SerialNumber serial, Instant now, String why) {
    // a certificate's owner never changes: it may be read before it is locked
    var known = find(issuer, serial).filter(record -> record.state() == CertificateState.RESERVED);
    return known.isPresent()
        && writer.submit(
            Lane.BULK,
            known.get().owner().foldedName(),
            "abandon serial " + serial,
            transaction -> {
              Owners.lock(transaction, known.get().owner());
              var record =
                  Certificates.find(transaction, issuer, serial)
                      .filter(found -> found.state() == CertificateState.RESERVED);
              if (record.isPresent()) {
                abandon(transaction, record.get(), RevocationReason.UNSPECIFIED, now, why);
              }
              return record.isPresent();
            });
  }

  @Override
  public boolean confirm(
      IssuerId issuer,
      SerialNumber serial,
      Supersede supersede,
      Instant now,
      AuditEvent.Confirmed why) {
    return writer.submit(
        Lane.ISSUE,
        why.owner().foldedName(),
        "confirm serial " + serial,
        transaction -> {
          var owner = Owners.lock(transaction, why.owner());
          var pending =
              Certificates.find(transaction, issuer, serial)
                  .filter(CertificateRecord::awaitsConfirmation)
                  .filter(record -> record.owner().equals(why.owner()));
          if (owner.isEmpty()
              || pending.isEmpty()
              || !(owner.get().state().on(Trigger.SEE) instanceof Move.To(var seen))) {
            return false;
          }
          transaction.record(why);
          leaveConfirmedSlot(transaction, pending.get(), supersede, now);
          Certificates.changeSlot(transaction, pending.get().confirmed(now));
          Owners.move(transaction, owner.get(), seen);
          return true;
        });
  }

  @Override
  public RevokeOutcome revoke(
      IssuerId issuer,
      SerialNumber serial,
      RevocationReason reason,
      Optional<Instant> invalidityDate,
      Instant now,
      String by) {
    var known = find(issuer, serial);
    if (known.isEmpty()) {
      return new RevokeOutcome.NotFound();
    }
    return writer.submit(
        Lane.REVOKE,
        known.get().owner().foldedName(),
        "revoke serial " + serial,
        transaction -> {
          Owners.lock(transaction, known.get().owner());
          var record = Certificates.find(transaction, issuer, serial).orElseThrow();
          return switch (RevocationRules.revoke(record, reason, invalidityDate, now)) {
            case RevocationRules.Ruling.Answer(var outcome) -> outcome;
            case RevocationRules.Ruling.Revoke(var why) ->
                new RevokeOutcome.Revoked(revoke(transaction, record, why, by));
          };
        });
  }

  @Override
  public ReleaseOutcome release(IssuerId issuer, SerialNumber serial, String by) {
    var known = find(issuer, serial);
    if (known.isEmpty()) {
      return new ReleaseOutcome.NotFound();
    }
    return writer.submit(
        Lane.REVOKE,
        known.get().owner().foldedName(),
        "release serial " + serial,
        transaction -> {
          var owner = Owners.lock(transaction, known.get().owner());
          var record = Certificates.find(transaction, issuer, serial).orElseThrow();
          var key = Owners.claim(transaction, Owners.ClaimKind.KEY, record.key().hex());
          var refusal = RevocationRules.whyNotReleased(record, owner, key);
          if (refusal.isPresent()) {
            return refusal.get();
          }
          return new ReleaseOutcome.Released(release(transaction, record, by));
        });
  }

  @Override
  public boolean endIfDue(IssuerId issuer, SerialNumber serial, Instant now) {
    var known = find(issuer, serial).filter(record -> record.isDueAt(now));
    return known.isPresent()
        && writer.submit(
            Lane.BULK,
            known.get().owner().foldedName(),
            "end serial " + serial,
            transaction -> {
              Owners.lock(transaction, known.get().owner());
              var record =
                  Certificates.find(transaction, issuer, serial)
                      .filter(found -> found.isDueAt(now));
              return record.isPresent() && end(transaction, record.get(), now);
            });
  }

  private static boolean end(Transaction transaction, CertificateRecord due, Instant now)
      throws SQLException {
    var confirmed =
        Certificates.inSlot(transaction, due.owner(), due.epoch(), due.label(), Slot.CONFIRMED);
    var reason = due.reasonToEnd(confirmed, now);
    if (reason.isEmpty()) {
      Certificates.changeSlot(transaction, due.kept());
      return false;
    }
    revoke(transaction, due, new RevocationRecord(now, reason.get(), Optional.empty()), OURSELVES);
    return true;
  }

  @Override
  public CertificateStatus status(IssuerId issuer, SerialNumber serial) {
    return reader.read(connection -> {
      var known = Sql.first(connection, STATUS, JdbcCertificateStore::status, issuer.hex(), serial);
      return known.isPresent()
          ? known.get()
          : Optional.ofNullable(lost(connection, issuer, Set.of(serial)).get(serial))
              .orElseGet(CertificateStatus.NeverIssued::new);
    });
  }

  @Override
  public Map<SerialNumber, CertificateStatus> statuses(IssuerId issuer, Set<SerialNumber> serials) {
    var statuses = new HashMap<SerialNumber, CertificateStatus>();
    serials.forEach(serial -> statuses.put(serial, new CertificateStatus.NeverIssued()));
    if (serials.isEmpty()) {
      return statuses;
    }
    var found =
        reader.read(connection -> {
          var known = statuses(connection, STATUSES, issuer, serials);
          var others = new HashSet<>(serials);
          others.removeAll(known.keySet());
          known.putAll(lost(connection, issuer, others));
          return known;
        });
    statuses.putAll(found);
    return statuses;
  }

  /// Of those that are not known any more, since the database was put back.
  private static Map<SerialNumber, CertificateStatus> lost(
      Connection connection, IssuerId issuer, Set<SerialNumber> serials) throws SQLException {
    return statuses(connection, LOST, issuer, serials);
  }

  private static Map<SerialNumber, CertificateStatus> statuses(
      Connection connection, String select, IssuerId issuer, Set<SerialNumber> serials)
      throws SQLException {
    var found = new HashMap<SerialNumber, CertificateStatus>();
    if (!serials.isEmpty()) {
      var values = new ArrayList<Object>(serials);
      values.addFirst(issuer.hex());
      Sql.list(
              connection,
              select.formatted(", ?".repeat(serials.size() - 1)),
              row -> Map.entry(Sql.serial(row, "serial"), status(row)),
              values.toArray())
          .forEach(each -> found.put(each.getKey(), each.getValue()));
    }
    return found;
  }

  private static CertificateStatus status(ResultSet row) throws SQLException {
    var notAfter = Sql.instant(row, "not_after");
    var revocation = Certificates.revocation(row);
    if (revocation.isPresent()) {
      return new CertificateStatus.Revoked(
          revocation.get().at(), revocation.get().reason(), notAfter);
    }
    return switch (CertificateState.valueOf(row.getString("state"))) {
      case ISSUED -> new CertificateStatus.Good(notAfter);
      case RESERVED -> new CertificateStatus.Reserved();
      case ABANDONED -> throw new IllegalStateException("abandoned, and not revoked");
    };
  }

  @Override
  public Optional<CertificateRecord> find(IssuerId issuer, SerialNumber serial) {
    return reader.read(connection ->
        Sql.first(
            connection,
            Certificates.SELECT + "WHERE issuer_id = ? AND serial = ?",
            Certificates::record,
            issuer.hex(),
            serial));
  }

  @Override
  public Optional<CertificateRecord> findByFingerprint(String certificateSha256) {
    return reader.read(connection ->
        Sql.first(
            connection,
            Certificates.SELECT + "WHERE der_sha256 = ?",
            Certificates::record,
            certificateSha256));
  }

  @Override
  public List<CertificateRecord> findBySerial(SerialNumber serial) {
    return list("WHERE serial = ? ORDER BY issuer_id", serial);
  }

  @Override
  public List<CertificateRecord> list(CertificateQuery query) {
    var where = new ArrayList<String>();
    var values = new ArrayList<Object>();
    query
        .owner()
        .ifPresent(owner -> {
          where.add("owner_kind = ? AND owner_id = ?");
          values.addAll(List.of(owner.kind().text(), owner.id()));
        });
    query
        .state()
        .ifPresent(state -> {
          where.add("state = ?");
          values.add(state);
        });
    query
        .after()
        .ifPresent(after -> {
          where.add("serial > ?");
          values.add(after);
        });
    query
        .within()
        .map(Visible::certificates)
        .ifPresent(visible -> {
          where.add(visible.sql());
          values.addAll(visible.values());
        });
    values.add(query.limit());
    return list(
        (where.isEmpty() ? "" : "WHERE " + String.join(" AND ", where))
            + (query.owner().isPresent() ? " ORDER BY owner_kind, owner_id," : " ORDER BY")
            + " serial FETCH FIRST ? ROWS ONLY",
        values.toArray());
  }

  @Override
  public List<CertificateRecord> reservedBefore(Instant before, int limit) {
    return list(
        """
        WHERE state = 'RESERVED' AND reserved_at < ?
        ORDER BY state, reserved_at, serial FETCH FIRST ? ROWS ONLY
        """,
        before,
        limit);
  }

  @Override
  public List<CertificateRecord> dueBy(Instant now, int limit) {
    return list(
        """
        WHERE due_at <= ? AND state = 'ISSUED' AND revoked_at IS NULL
        ORDER BY due_at, serial FETCH FIRST ? ROWS ONLY
        """,
        now,
        limit);
  }

  @Override
  public Map<CertificateState, Long> countByState() {
    return reader.read(connection -> {
      var counts = new EnumMap<CertificateState, Long>(CertificateState.class);
      // nearly all are ISSUED: the others are counted, and those are the rest
      long issued = count(connection, dialect.countCertificates());
      for (var state : List.of(CertificateState.RESERVED, CertificateState.ABANDONED)) {
        long others =
            count(
                connection,
                "SELECT COUNT(*) AS certificates FROM certificate WHERE state = ?",
                state);
        counts.put(state, others);
        issued -= others;
      }
      counts.put(CertificateState.ISSUED, Math.max(0, issued));
      counts.values().removeIf(number -> number == 0);
      return counts;
    });
  }

  private static long count(Connection connection, String sql, Object... values)
      throws SQLException {
    return Sql.first(connection, sql, row -> row.getLong("certificates"), values).orElseThrow();
  }

  private List<CertificateRecord> list(String where, Object... values) {
    return reader.read(connection ->
        Sql.list(connection, Certificates.SELECT + where, Certificates::record, values));
  }

  // Steps of the transactions above, and of a retirement

  /// Whether the certificate that was shown for this was revoked since.
  private static boolean isWithoutCredential(Transaction transaction, CertificateRecord reserved)
      throws SQLException {
    return reserved.shown().isPresent()
        && withDer(transaction, reserved.shown().get()).filter(reserved::isWithout).isPresent();
  }

  /// Ends the certificate that was confirmed before `successor`, as `supersede` says.
  private static void leaveConfirmedSlot(
      Transaction transaction, CertificateRecord successor, Supersede supersede, Instant now)
      throws SQLException {
    var predecessor =
        Certificates.inSlot(
            transaction, successor.owner(), successor.epoch(), successor.label(), Slot.CONFIRMED);
    if (predecessor.isEmpty()) {
      return;
    }
    switch (supersede) {
      case Supersede.OnConfirm() ->
          revoke(transaction, predecessor.get(), superseded(now), OURSELVES);
      case Supersede.AfterGrace(var grace) -> {
        var old = predecessor.get();
        Certificates.changeSlot(transaction, old.superseded(Optional.of(now.plus(grace))));
        transaction.record(
            new AuditEvent.SupersessionDue(
                old.owner(), old.issuer(), old.serial(), now.plus(grace)));
      }
      case Supersede.AtExpiry() ->
          Certificates.changeSlot(transaction, predecessor.get().superseded(Optional.empty()));
    }
  }

  private static void giveWay(Transaction transaction, CertificateRecord pending, Instant now)
      throws SQLException {
    switch (pending.state()) {
      case RESERVED ->
          abandon(
              transaction,
              pending,
              RevocationReason.SUPERSEDED,
              now,
              "another request took its place");
      case ISSUED -> revoke(transaction, pending, superseded(now), OURSELVES);
      case ABANDONED -> throw new IllegalStateException("an abandoned certificate in a slot");
    }
  }

  static void abandon(
      Transaction transaction,
      CertificateRecord reserved,
      RevocationReason reason,
      Instant now,
      String why)
      throws SQLException {
    var abandoned = reserved.revoked(new RevocationRecord(now, reason, Optional.empty()));
    Certificates.revoke(transaction, reserved, abandoned);
    transaction.record(
        new AuditEvent.Abandoned(reserved.owner(), reserved.issuer(), reserved.serial(), why));
  }

  static CertificateRecord revoke(
      Transaction transaction, CertificateRecord record, RevocationRecord why, String by)
      throws SQLException {
    var revoked = record.revoked(why);
    Certificates.revoke(transaction, record, revoked);
    if (why.reason() == RevocationReason.KEY_COMPROMISE) {
      Owners.buryKey(transaction, record.key(), why.at());
    }
    transaction.record(record.revokedFor(why.reason(), by));
    return revoked;
  }

  static CertificateRecord release(Transaction transaction, CertificateRecord held, String by)
      throws SQLException {
    var released = held.released();
    Certificates.release(transaction, released);
    transaction.record(new AuditEvent.Released(held.owner(), held.issuer(), held.serial(), by));
    return released;
  }

  private static RevocationRecord superseded(Instant now) {
    return new RevocationRecord(now, RevocationReason.SUPERSEDED, Optional.empty());
  }
}
