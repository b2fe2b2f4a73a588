package dev.nameplate.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Rows of the table `certificate`, as records and back.
final class Certificates {

  static final String SELECT =
      """
      SELECT issuer_id, serial, owner_kind, owner_id, epoch, label, profile_version, spki_sha256,
             sameness, credential, tbs, der, state, slot, replaces, crl_scope, not_before,
             not_after, reserved_at, confirmed_at, due_at, revoked_at, revocation_reason,
             invalidity_date
      FROM certificate
      """;

  private Certificates() {}

  static Optional<CertificateRecord> find(
      Transaction transaction, IssuerId issuer, SerialNumber serial) throws SQLException {
    return transaction.first(
        SELECT + "WHERE issuer_id = ? AND serial = ?", Certificates::record, issuer.hex(), serial);
  }

  /// All of the owner's that are good, on hold or reserved.
  static List<CertificateRecord> notEnded(Transaction transaction, Owner owner)
      throws SQLException {
    return transaction.list(
        SELECT
            + """
            WHERE owner_kind = ? AND owner_id = ?
              AND (revoked_at IS NULL OR revocation_reason = ?) ORDER BY serial
            """,
        Certificates::record,
        owner.kind().text(),
        owner.id(),
        RevocationReason.CERTIFICATE_HOLD.code());
  }

  static Optional<CertificateRecord> inSlot(
      Transaction transaction, Owner owner, int epoch, String label, Slot slot)
      throws SQLException {
    return transaction.first(
        SELECT + "WHERE owner_kind = ? AND owner_id = ? AND epoch = ? AND label = ? AND slot = ?",
        Certificates::record,
        owner.kind().text(),
        owner.id(),
        epoch,
        label,
        slot);
  }

  static CertificateRecord record(ResultSet row) throws SQLException {
    return record(row, Certificates::parse);
  }

  /// @param parser makes the certificate of its DER
  static CertificateRecord record(ResultSet row, Function<byte[], Certificate> parser)
      throws SQLException {
    var der = row.getBytes("der");
    return new CertificateRecord(
        new IssuerId(row.getString("issuer_id")),
        Sql.serial(row, "serial"),
        new Owner(OwnerKind.of(row.getString("owner_kind")), row.getString("owner_id")),
        row.getInt("epoch"),
        row.getString("label"),
        row.getString("profile_version"),
        new KeyFingerprint(row.getString("spki_sha256")),
        row.getString("sameness"),
        row.getString("credential"),
        Der.of(row.getBytes("tbs")),
        der == null ? Optional.empty() : Optional.of(parser.apply(der)),
        CertificateState.valueOf(row.getString("state")),
        Optional.ofNullable(row.getString("slot")).map(Slot::valueOf),
        Optional.ofNullable(row.getString("replaces")).map(SerialNumber::ofHex),
        new CrlScope(row.getString("crl_scope")),
        Sql.instant(row, "not_before"),
        Sql.instant(row, "not_after"),
        Sql.instant(row, "reserved_at"),
        Sql.optionalInstant(row, "confirmed_at"),
        Sql.optionalInstant(row, "due_at"),
        revocation(row));
  }

  static Optional<RevocationRecord> revocation(ResultSet row) throws SQLException {
    var at = Sql.optionalInstant(row, "revoked_at");
    if (at.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new RevocationRecord(
            at.get(),
            RevocationReason.of(row.getInt("revocation_reason")),
            Sql.optionalInstant(row, "invalidity_date")));
  }

  static Certificate parse(byte[] der) {
    try {
      return Certificate.parse(der);
    } catch (MalformedCertificateException broken) {
      throw new StoreException("a certificate in the database cannot be read", broken);
    }
  }

  static void insert(Transaction transaction, Reservation reservation) throws SQLException {
    var record = CertificateRecord.reserved(reservation);
    transaction.update(
        """
        INSERT INTO certificate (issuer_id, serial, issuer_name_sha256, owner_kind, owner_id, epoch,
                                 label, profile_version, spki_sha256, sameness, credential, tbs,
                                 state, slot, replaces, crl_scope, not_before, not_after,
                                 reserved_at, due_at, overdue_at, key_type)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        record.issuer().hex(),
        record.serial(),
        reservation.tbs().issuer().der().sha256Hex(),
        record.owner().kind().text(),
        record.owner().id(),
        record.epoch(),
        record.label(),
        record.profileVersion(),
        record.key().hex(),
        record.sameness(),
        record.credential(),
        record.tbs(),
        record.state(),
        record.slot(),
        record.replaces(),
        record.scope().name(),
        record.notBefore(),
        record.notAfter(),
        record.reservedAt(),
        record.dueAt(),
        reservation.rotation().overdueAt(record.notBefore(), record.notAfter()),
        reservation.tbs().publicKey().type().text());
  }

  /// `before` becomes ISSUED.
  static void issue(
      Transaction transaction, CertificateRecord before, CertificateRecord after, Instant now)
      throws SQLException {
    var certificate = after.certificate().orElseThrow();
    moved(
        before,
        transaction.update(
            """
            UPDATE certificate
            SET state = 'ISSUED', der = ?, der_sha256 = ?, issued_at = ?, slot = ?,
                confirmed_at = ?, due_at = ?
            WHERE issuer_id = ? AND serial = ? AND state = 'RESERVED'
            """,
            certificate.der(),
            certificate.sha256(),
            now,
            after.slot(),
            after.confirmedAt(),
            after.dueAt(),
            after.issuer().hex(),
            after.serial()));
  }

  /// See [Situation#firstAnswered].
  static Optional<Instant> firstAnswered(Transaction transaction, String sameness)
      throws SQLException {
    return transaction
        .first(
            """
            SELECT MIN(reserved_at) AS first_answered FROM certificate
            WHERE sameness = ? AND state = 'ISSUED' AND confirmed_at IS NULL
              AND reserved_at >= (SELECT COALESCE(MAX(reserved_at), 0) FROM certificate
                                  WHERE sameness = ? AND confirmed_at IS NOT NULL)
            """,
            row -> Sql.optionalInstant(row, "first_answered"),
            sameness,
            sameness)
        .orElseThrow();
  }

  /// How many of the owner's certificates with this key were seen in use.
  static int keyUses(Transaction transaction, Owner owner, KeyFingerprint key) throws SQLException {
    return transaction
        .first(
            """
            SELECT COUNT(*) AS uses FROM certificate
            WHERE owner_kind = ? AND owner_id = ? AND spki_sha256 = ? AND confirmed_at IS NOT NULL
            """,
            row -> row.getInt("uses"),
            owner.kind().text(),
            owner.id(),
            key.hex())
        .orElseThrow();
  }

  /// An ISSUED certificate that has not ended takes or leaves a slot, or becomes due.
  static void changeSlot(Transaction transaction, CertificateRecord after) throws SQLException {
    moved(
        after,
        transaction.update(
            """
            UPDATE certificate SET slot = ?, confirmed_at = ?, due_at = ?
            WHERE issuer_id = ? AND serial = ? AND state = 'ISSUED'
              AND (revoked_at IS NULL OR revocation_reason = ?)
            """,
            after.slot(),
            after.confirmedAt(),
            after.dueAt(),
            after.issuer().hex(),
            after.serial(),
            RevocationReason.CERTIFICATE_HOLD.code()));
  }

  /// `before` ends, is put on hold, or ends for another reason; it is on the next CRL.
  static void revoke(Transaction transaction, CertificateRecord before, CertificateRecord after)
      throws SQLException {
    var revocation = after.revocation().orElseThrow();
    moved(
        before,
        transaction.update(
            """
            UPDATE certificate
            SET state = ?, slot = ?, due_at = ?, revoked_at = ?, revocation_reason = ?,
                invalidity_date = ?, listed_serial = serial
            WHERE issuer_id = ? AND serial = ? AND state = ?
              AND revocation_reason IS NOT DISTINCT FROM ?
            """,
            after.state(),
            after.slot(),
            after.dueAt(),
            revocation.at(),
            revocation.reason().code(),
            revocation.invalidityDate(),
            after.issuer().hex(),
            after.serial(),
            before.state(),
            before.revocation().map(why -> why.reason().code())));
    transaction.statusChanged(after.issuer(), after.scope(), after.serial());
  }

  /// What was on hold is good again, and is not on the next CRL.
  static void release(Transaction transaction, CertificateRecord after) throws SQLException {
    moved(
        after,
        transaction.update(
            """
            UPDATE certificate
            SET revoked_at = NULL, revocation_reason = NULL, invalidity_date = NULL,
                listed_serial = NULL
            WHERE issuer_id = ? AND serial = ? AND revocation_reason = ?
            """,
            after.issuer().hex(),
            after.serial(),
            RevocationReason.CERTIFICATE_HOLD.code()));
    transaction.statusChanged(after.issuer(), after.scope(), after.serial());
  }

  private static void moved(CertificateRecord record, int rows) {
    if (rows != 1) {
      throw new StoreException(
          "serial " + record.serial() + " is not " + record.state() + " any more");
    }
  }
}
