package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.store.AnchorStore;
import dev.nameplate.ca.store.SerialPattern;
import dev.nameplate.ca.store.TrustAnchor;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// The trust anchors of the labels in the database.
final class JdbcAnchorStore implements AnchorStore {

  private static final String SELECT =
      "SELECT label, der, serials, added_at, added_by FROM trust_anchor ";

  private final GroupCommit writer;
  private final Reader reader;

  JdbcAnchorStore(GroupCommit writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public boolean addAnchor(TrustAnchor anchor, AuditEvent.AnchorAdded why) {
    return writer.submit(
        Lane.ISSUE,
        "anchor " + anchor.label(),
        "add the trust anchor " + anchor.sha256(),
        transaction -> {
          int added =
              transaction.update(
                  """
                  INSERT INTO trust_anchor (label, der_sha256, der, serials, added_at, added_by)
                  SELECT ?, ?, ?, ?, ?, ?
                  WHERE NOT EXISTS (
                    SELECT 1 FROM trust_anchor WHERE label = ? AND der_sha256 = ?)
                  """,
                  anchor.label(),
                  anchor.sha256(),
                  anchor.certificate().der(),
                  anchor.serials().map(SerialPattern::text),
                  anchor.addedAt(),
                  anchor.addedBy(),
                  anchor.label(),
                  anchor.sha256());
          if (added == 1) {
            transaction.record(why);
          }
          return added == 1;
        });
  }

  @Override
  public boolean removeAnchor(
      String label, String certificateSha256, AuditEvent.AnchorRemoved why) {
    return writer.submit(
        Lane.REVOKE,
        "anchor " + label,
        "remove the trust anchor " + certificateSha256,
        transaction -> {
          int removed =
              transaction.update(
                  "DELETE FROM trust_anchor WHERE label = ? AND der_sha256 = ?",
                  label,
                  certificateSha256);
          if (removed == 1) {
            transaction.record(why);
          }
          return removed == 1;
        });
  }

  @Override
  public List<TrustAnchor> anchors(Optional<String> label) {
    return reader.read(connection ->
        label.isPresent()
            ? Sql.list(
                connection,
                SELECT + "WHERE label = ? ORDER BY position",
                JdbcAnchorStore::anchor,
                label.get())
            : Sql.list(connection, SELECT + "ORDER BY position", JdbcAnchorStore::anchor));
  }

  /// Whether the label trusts it now.
  static boolean trusts(Transaction transaction, String label, String certificateSha256)
      throws SQLException {
    return transaction
        .first(
            "SELECT 1 FROM trust_anchor WHERE label = ? AND der_sha256 = ?",
            row -> row.getInt(1),
            label,
            certificateSha256)
        .isPresent();
  }

  private static TrustAnchor anchor(ResultSet row) throws SQLException {
    return new TrustAnchor(
        row.getString("label"),
        Certificates.parse(row.getBytes("der")),
        Optional.ofNullable(row.getString("serials")).map(SerialPattern::new),
        Sql.instant(row, "added_at"),
        row.getString("added_by"));
  }
}
