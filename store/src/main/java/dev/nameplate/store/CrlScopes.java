package dev.nameplate.store;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import java.sql.SQLException;
import java.util.ArrayList;

/// The row that a CRL's number and the count of its scope's changes live in.
final class CrlScopes {

  private CrlScopes() {}

  /// Counts the changes of a transaction, and gives each its number.
  static void number(Transaction transaction) throws SQLException {
    for (var changes : transaction.changes().entrySet()) {
      var issuer = changes.getKey().issuer();
      var scope = changes.getKey().scope();
      var serials = changes.getValue();
      create(transaction, issuer, scope);
      transaction.update(
          "UPDATE crl_scope SET changes = changes + ? WHERE issuer_id = ? AND scope = ?",
          serials.size(),
          issuer.hex(),
          scope.name());
      // ours alone until the commit
      long last =
          transaction
              .first(
                  "SELECT changes FROM crl_scope WHERE issuer_id = ? AND scope = ?",
                  row -> row.getLong("changes"),
                  issuer.hex(),
                  scope.name())
              .orElseThrow();
      long number = last - serials.size();
      var rows = new ArrayList<Object[]>();
      for (var serial : serials) {
        rows.add(new Object[] {++number, issuer.hex(), serial});
      }
      transaction.updateEach(
          "UPDATE certificate SET status_change = ? WHERE issuer_id = ? AND serial = ?", rows);
    }
  }

  /// Makes the row, unless it is there.
  static void create(Transaction transaction, IssuerId issuer, CrlScope scope) throws SQLException {
    transaction.update(
        """
        INSERT INTO crl_scope (issuer_id, scope, changes, published, latest_number)
        SELECT ?, ?, 0, 0, 0
        WHERE NOT EXISTS (SELECT 1 FROM crl_scope WHERE issuer_id = ? AND scope = ?)
        """,
        issuer.hex(),
        scope.name(),
        issuer.hex(),
        scope.name());
  }
}
