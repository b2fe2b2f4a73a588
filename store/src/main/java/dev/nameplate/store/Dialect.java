package dev.nameplate.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The few things in which H2 and PostgreSQL differ here.
enum Dialect {
  H2 {
    @Override
    Map<String, String> placeholders() {
      return Map.of("bytewise", "", "large_bytes", "BLOB", "partial", "--");
    }

    @Override
    String insertPayload() {
      return "MERGE INTO audit_payload (hash, json) KEY (hash) VALUES (?, ?)";
    }

    // H2 knows it without looking at each
    @Override
    String countCertificates() {
      return "SELECT COUNT(*) AS certificates FROM certificate";
    }

    @Override
    void prepareWriter(Connection connection) throws SQLException {
      Sql.execute(connection, "SET LOCK_TIMEOUT 5000");
    }

    // H2's own commit is not durable: the file must be synced as well.
    @Override
    void commit(Connection connection) throws SQLException {
      connection.commit();
      Sql.execute(connection, "CHECKPOINT SYNC");
    }

    @Override
    void announceChanges(Connection connection) {
      // nobody else can have the file open
    }

    @Override
    List<String> worries(Connection connection) {
      return List.of();
    }

    // Whatever goes wrong at a commit: H2 may go on as if nothing had been, and acknowledge what
    // is lost.
    @Override
    boolean isFatal(SQLException failure, boolean atCommit) {
      return atCommit || H2_BROKEN.contains(failure.getErrorCode());
    }
  },

  POSTGRESQL {
    @Override
    Map<String, String> placeholders() {
      return Map.of("bytewise", "COLLATE \"C\"", "large_bytes", "BYTEA", "partial", "");
    }

    @Override
    String insertPayload() {
      return "INSERT INTO audit_payload (hash, json) VALUES (?, ?) ON CONFLICT DO NOTHING";
    }

    @Override
    String countCertificates() {
      return """
      SELECT CASE WHEN reltuples < 100000 THEN (SELECT COUNT(*) FROM certificate)
                  ELSE CAST(reltuples AS BIGINT) END AS certificates
      FROM pg_class WHERE oid = CAST('certificate' AS regclass)
      """;
    }

    @Override
    void prepareWriter(Connection connection) throws SQLException {
      Sql.execute(connection, "SET synchronous_commit = on");
      Sql.execute(connection, "SET lock_timeout = '5s'");
      connection.commit();
    }

    @Override
    void commit(Connection connection) throws SQLException {
      connection.commit();
    }

    @Override
    void announceChanges(Connection connection) throws SQLException {
      Sql.execute(connection, "NOTIFY " + CHANNEL);
    }

    @Override
    List<String> worries(Connection connection) throws SQLException {
      return Sql.list(
          connection,
          """
          SELECT 'PostgreSQL runs with fsync off: a power cut can lose everything'
          WHERE current_setting('fsync') = 'off'
          UNION ALL
          SELECT 'PostgreSQL runs with full_page_writes off: a power cut can corrupt it'
          WHERE current_setting('full_page_writes') = 'off'
          UNION ALL
          SELECT 'PostgreSQL has a standby, but no synchronous one: a failover can lose commits'
          WHERE EXISTS (SELECT 1 FROM pg_stat_replication)
            AND NOT EXISTS (SELECT 1 FROM pg_stat_replication
                            WHERE sync_state IN ('sync', 'quorum'))
          """,
          row -> row.getString(1));
    }

    @Override
    boolean isFatal(SQLException failure, boolean atCommit) {
      return false;
    }
  };

  // I/O error (2), file corrupted, database closed, general error, closing, connection broken
  private static final Set<Integer> H2_BROKEN =
      Set.of(90028, 90031, 90030, 90098, 50000, 90121, 90067);

  static final int H2_IN_USE = 90020;

  /// On which nodes tell each other that a status changed.
  static final String CHANNEL = "nameplate_status";

  /// What the placeholders of the migrations stand for.
  abstract Map<String, String> placeholders();

  /// Adds a payload, unless it is there.
  abstract String insertPayload();

  /// How many certificates there are; if they are very many, about how many.
  abstract String countCertificates();

  /// What a new connection of the writer is told.
  abstract void prepareWriter(Connection connection) throws SQLException;

  /// Returns when the transaction is on disk.
  abstract void commit(Connection connection) throws SQLException;

  /// Lets other nodes know, once the transaction is committed, that a status changed.
  abstract void announceChanges(Connection connection) throws SQLException;

  /// What an operator should be told at the start: in which ways a commit is not safe here.
  abstract List<String> worries(Connection connection) throws SQLException;

  /// Whether the node must stop after this failure.
  abstract boolean isFatal(SQLException failure, boolean atCommit);

  static Dialect of(String url) {
    if (url.startsWith("jdbc:h2:file:") || url.startsWith("jdbc:h2:mem:")) {
      return H2;
    }
    if (url.startsWith("jdbc:postgresql:")) {
      return POSTGRESQL;
    }
    throw new IllegalArgumentException(
        "not a database URL for Nameplate: it must begin with jdbc:h2:file:, jdbc:h2:mem: or"
            + " jdbc:postgresql:");
  }
}
