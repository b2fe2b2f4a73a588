package dev.nameplate.store;

import dev.nameplate.ca.store.LeaseStore;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/// Leases in the database.
final class JdbcLeaseStore implements LeaseStore {

  private record Lease(String node, long number, Instant until) {}

  private final GroupCommit writer;

  JdbcLeaseStore(GroupCommit writer) {
    this.writer = writer;
  }

  @Override
  public OptionalLong lease(String job, String node, Instant now, Duration duration) {
    return writer.submit(
        Lane.BULK,
        "~lease:" + job,
        "lease " + job,
        transaction -> lease(transaction, job, node, now, duration));
  }

  private static OptionalLong lease(
      Transaction transaction, String job, String node, Instant now, Duration duration)
      throws SQLException {
    var held =
        transaction.first(
            "SELECT node, number, until_micros FROM job_lease WHERE job = ? FOR UPDATE",
            row ->
                new Lease(
                    row.getString("node"), row.getLong("number"), Sql.instant(row, "until_micros")),
            job);
    if (held.isEmpty()) {
      transaction.update(
          "INSERT INTO job_lease (job, node, number, until_micros) VALUES (?, ?, 1, ?)",
          job,
          node,
          now.plus(duration));
      return OptionalLong.of(1);
    }
    var lease = held.get();
    boolean ours = lease.node().equals(node);
    if (!ours && now.isBefore(lease.until())) {
      return OptionalLong.empty();
    }
    long number = ours ? lease.number() : lease.number() + 1;
    transaction.update(
        "UPDATE job_lease SET node = ?, number = ?, until_micros = ? WHERE job = ?",
        node,
        number,
        now.plus(duration),
        job);
    return OptionalLong.of(number);
  }
}
