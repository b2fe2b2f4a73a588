package dev.nameplate.store;

import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.store.LifeRules;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.store.Situation.Claim;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/// Rows of the tables `owner`, `claim` and `enrollment_secret`, as records and back.
final class Owners {

  static final String SELECT =
      """
      SELECT kind, id, epoch, state, label, registered_at, retired_at, model, site, device_group,
             lot, held_by, hardware_serial
      FROM owner
      """;

  static final String SELECT_SECRET =
      """
      SELECT id, owner_kind, owner_id, epoch, hmac, uses_left, expires_at, burned, digest
      FROM enrollment_secret
      """;

  /// The kinds of claim that the rules know so far.
  enum ClaimKind {
    NAME,
    /// The serial number that a device has from its maker.
    HARDWARE_SERIAL,
    /// A key that was certified here.
    KEY,
    /// The key of an IDevID, which authenticates its device.
    IDEVID
  }

  private Owners() {}

  /// Locks the owner's row, which guards everything that belongs to the owner: every change of a
  /// certificate, a secret or a claim takes it first.
  static Optional<OwnerRecord> lock(Transaction transaction, Owner owner) throws SQLException {
    return transaction.first(
        SELECT + "WHERE kind = ? AND id = ? FOR UPDATE",
        Owners::record,
        owner.kind().text(),
        owner.id());
  }

  static OwnerRecord record(ResultSet row) throws SQLException {
    return new OwnerRecord(
        new Owner(OwnerKind.of(row.getString("kind")), row.getString("id")),
        row.getInt("epoch"),
        OwnerState.valueOf(row.getString("state")),
        row.getString("label"),
        new DeviceAttributes(
            Optional.ofNullable(row.getString("model")),
            Optional.ofNullable(row.getString("site")),
            Optional.ofNullable(row.getString("device_group")),
            Optional.ofNullable(row.getString("lot")),
            Optional.ofNullable(row.getString("held_by")),
            Optional.ofNullable(row.getString("hardware_serial"))),
        Sql.instant(row, "registered_at"),
        Sql.optionalInstant(row, "retired_at"));
  }

  static void move(Transaction transaction, OwnerRecord owner, OwnerState to) throws SQLException {
    if (owner.state() != to) {
      transaction.update(
          "UPDATE owner SET state = ? WHERE kind = ? AND id = ?",
          to,
          owner.owner().kind().text(),
          owner.owner().id());
    }
  }

  /// After it was issued a certificate.
  static void issued(
      Transaction transaction, OwnerRecord owner, OwnerState to, Instant now, Instant notAfter)
      throws SQLException {
    transaction.update(
        "UPDATE owner SET state = ?, issued_at = ?, expires_at = ? WHERE kind = ? AND id = ?",
        to,
        now,
        notAfter,
        owner.owner().kind().text(),
        owner.owner().id());
  }

  /// Writes what is known of a device.
  static void know(Transaction transaction, OwnerRecord owner) throws SQLException {
    var known = owner.attributes();
    transaction.update(
        """
        UPDATE owner
        SET model = ?, site = ?, device_group = ?, lot = ?, held_by = ?, hardware_serial = ?
        WHERE kind = ? AND id = ?
        """,
        known.model(),
        known.site(),
        known.group(),
        known.lot(),
        known.owner(),
        known.hardwareSerial(),
        owner.owner().kind().text(),
        owner.owner().id());
  }

  /// The claim on a hardware serial, if there is one to look for.
  static Optional<Claim> hardwareSerial(Transaction transaction, Optional<String> serial)
      throws SQLException {
    return serial.isEmpty()
        ? Optional.empty()
        : claim(transaction, ClaimKind.HARDWARE_SERIAL, LifeRules.hardwareSerial(serial.get()));
  }

  static void claimHardwareSerial(Transaction transaction, OwnerRecord owner, Instant now)
      throws SQLException {
    var serial = owner.attributes().hardwareSerial();
    if (serial.isPresent()) {
      addClaim(
          transaction,
          ClaimKind.HARDWARE_SERIAL,
          LifeRules.hardwareSerial(serial.get()),
          owner.owner(),
          owner.epoch(),
          now);
    }
  }

  /// All that is the owner's is nobody's for ever.
  static void buryClaims(Transaction transaction, Owner owner, Instant now) throws SQLException {
    transaction.update(
        """
        UPDATE claim SET tombstone = TRUE, tombstone_at = ?
        WHERE owner_kind = ? AND owner_id = ? AND tombstone = FALSE
        """,
        now,
        owner.kind().text(),
        owner.id());
  }

  /// How many there were to burn.
  static int burnSecrets(Transaction transaction, Owner owner) throws SQLException {
    return transaction.update(
        """
        UPDATE enrollment_secret SET burned = TRUE
        WHERE owner_kind = ? AND owner_id = ? AND burned = FALSE
        """,
        owner.kind().text(),
        owner.id());
  }

  static Optional<Claim> claim(Transaction transaction, ClaimKind kind, String claimed)
      throws SQLException {
    return transaction.first(
        "SELECT owner_kind, owner_id, epoch, tombstone FROM claim WHERE kind = ? AND claimed = ?",
        row -> new Claim(owner(row), row.getInt("epoch"), row.getBoolean("tombstone")),
        kind,
        claimed);
  }

  /// The key of the IDevID that this owner came with, unless an audited act gave it up.
  static Optional<KeyFingerprint> idevid(Transaction transaction, Owner owner) throws SQLException {
    return transaction.first(
        """
        SELECT claimed FROM claim
        WHERE owner_kind = ? AND owner_id = ? AND kind = ? AND tombstone = FALSE
        """,
        row -> new KeyFingerprint(row.getString("claimed")),
        owner.kind().text(),
        owner.id(),
        ClaimKind.IDEVID);
  }

  static void addClaim(
      Transaction transaction, ClaimKind kind, String claimed, Owner owner, int epoch, Instant now)
      throws SQLException {
    transaction.update(
        """
        INSERT INTO claim (kind, claimed, owner_kind, owner_id, epoch, tombstone, claimed_at)
        VALUES (?, ?, ?, ?, ?, FALSE, ?)
        """,
        kind,
        claimed,
        owner.kind().text(),
        owner.id(),
        epoch,
        now);
  }

  /// This key is never certified again.
  static void buryKey(Transaction transaction, KeyFingerprint key, Instant now)
      throws SQLException {
    transaction.update(
        """
        UPDATE claim SET tombstone = TRUE, tombstone_at = ?
        WHERE kind = ? AND claimed = ? AND tombstone = FALSE
        """,
        now,
        ClaimKind.KEY,
        key.hex());
  }

  static SecretRecord secret(ResultSet row) throws SQLException {
    return new SecretRecord(
        row.getString("id"),
        owner(row),
        row.getInt("epoch"),
        Der.of(row.getBytes("hmac")),
        row.getInt("uses_left"),
        Sql.instant(row, "expires_at"),
        row.getBoolean("burned"),
        Optional.ofNullable(row.getBytes("digest")).map(Der::of));
  }

  private static Owner owner(ResultSet row) throws SQLException {
    return new Owner(OwnerKind.of(row.getString("owner_kind")), row.getString("owner_id"));
  }
}
