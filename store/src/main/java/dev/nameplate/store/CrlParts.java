package dev.nameplate.store;

import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Der;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// The bytes of a CRL, part by part: of a large one, one part more than the whole is in memory.
final class CrlParts {

  private static final int PART = 1 << 20;

  private CrlParts() {}

  static int count(Der der) {
    return Math.ceilDiv(der.length(), PART);
  }

  static String upload(Der der) {
    return der.sha256Hex();
  }

  /// Writes one part, unless it is there.
  static void insert(Transaction transaction, PublishedCrl crl, String upload, int position)
      throws SQLException {
    int start = position * PART;
    byte[] content = new byte[Math.min(PART, crl.der().length() - start)];
    crl.der().buffer().get(start, content);
    transaction.update(
        """
        INSERT INTO crl_part (issuer_id, scope, number, upload, position, content)
        SELECT ?, ?, ?, ?, ?, ?
        WHERE NOT EXISTS (SELECT 1 FROM crl_part
                          WHERE issuer_id = ? AND scope = ? AND number = ? AND upload = ?
                            AND position = ?)
        """,
        crl.issuer().hex(),
        crl.scope().name(),
        crl.number(),
        upload,
        position,
        content,
        crl.issuer().hex(),
        crl.scope().name(),
        crl.number(),
        upload,
        position);
  }

  /// @throws StoreException if not all parts are there
  static void requireAll(Transaction transaction, PublishedCrl crl, String upload)
      throws SQLException {
    long there =
        transaction
            .first(
                """
                SELECT COUNT(*) FROM crl_part
                WHERE issuer_id = ? AND scope = ? AND number = ? AND upload = ?
                """,
                row -> row.getLong(1),
                crl.issuer().hex(),
                crl.scope().name(),
                crl.number(),
                upload)
            .orElse(0L);
    if (there != count(crl.der())) {
      throw new StoreException(
          "CRL " + crl.number() + ": " + there + " of " + count(crl.der()) + " parts are there");
    }
  }

  /// What is not a part of this one any more, and never becomes one.
  static void deleteOthers(Transaction transaction, PublishedCrl crl, String upload)
      throws SQLException {
    transaction.update(
        """
        DELETE FROM crl_part
        WHERE issuer_id = ? AND scope = ? AND (number < ? OR (number = ? AND upload <> ?))
        """,
        crl.issuer().hex(),
        crl.scope().name(),
        crl.number(),
        crl.number(),
        upload);
  }

  /// @throws StoreException if not all parts are there
  static Der read(
      Connection connection, String issuer, String scope, long number, String upload, int octets) {
    var parts =
        new Iterator<byte[]>() {
          private int position;

          @Override
          public boolean hasNext() {
            return position * (long) PART < octets;
          }

          @Override
          public byte[] next() {
            if (!hasNext()) {
              throw new NoSuchElementException("no more parts");
            }
            return part(connection, issuer, scope, number, upload, position++);
          }
        };
    try {
      return Der.joined(octets, parts);
    } catch (IllegalArgumentException otherwise) {
      throw new StoreException("CRL " + number + " is damaged in the database", otherwise);
    }
  }

  private static byte[] part(
      Connection connection,
      String issuer,
      String scope,
      long number,
      String upload,
      int position) {
    try {
      return Sql.first(
              connection,
              """
              SELECT content FROM crl_part
              WHERE issuer_id = ? AND scope = ? AND number = ? AND upload = ? AND position = ?
              """,
              row -> row.getBytes("content"),
              issuer,
              scope,
              number,
              upload,
              position)
          .orElseThrow(() -> new StoreException("CRL " + number + " lacks part " + position));
    } catch (SQLException failed) {
      throw new StoreException("CRL " + number + " cannot be read: " + failed.getMessage(), failed);
    }
  }
}
