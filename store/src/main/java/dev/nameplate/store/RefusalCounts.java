package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import java.sql.SQLException;
import java.time.Instant;

/// Counts, for reports, the refusals that a transaction writes down.
final class RefusalCounts {

  private static final int LONGEST = 200;

  private RefusalCounts() {}

  static void add(Transaction transaction, Instant now) throws SQLException {
    for (var event : transaction.events()) {
      if (event instanceof AuditEvent.Refused refused && refused.reason().isCounted()) {
        add(transaction, refused, now);
      }
    }
  }

  private static void add(Transaction transaction, AuditEvent.Refused refused, Instant now)
      throws SQLException {
    var subject = refused.owner().toString();
    var address = cut(refused.origin().address());
    int updated =
        transaction.update(
            """
            UPDATE refusal
            SET label = ?, address = ?, last_at = GREATEST(last_at, ?), refusals = refusals + 1
            WHERE reason = ? AND subject = ?
            """,
            cut(refused.label()),
            address,
            now,
            refused.reason(),
            subject);
    if (updated == 0) {
      transaction.update(
          """
          INSERT INTO refusal (reason, subject, label, address, first_at, last_at, refusals)
          VALUES (?, ?, ?, ?, ?, ?, 1)
          """,
          refused.reason(),
          subject,
          cut(refused.label()),
          address,
          now,
          now);
    }
  }

  private static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
  }
}
