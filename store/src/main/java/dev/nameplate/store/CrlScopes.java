package dev.nameplate.store;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import java.sql.SQLException;

/// The row that a CRL's number and its count of revocations live in.
final class CrlScopes {

  private CrlScopes() {}

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
