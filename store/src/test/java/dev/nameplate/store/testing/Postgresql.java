package dev.nameplate.store.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// A real PostgreSQL server, started once for each JVM, on loopback, with its files under
/// `target/`. It trusts whoever comes: any password will do. It does not wait for the disk, unless
/// asked to.
public final class Postgresql {

  public static final String USER = "postgres";

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static final Map<String, EmbeddedPostgres> RUNNING = new HashMap<>();

  private Postgresql() {}

  /// The URL of a database that nobody has used. It is a schema: that is a database to Nameplate,
  /// and much cheaper.
  public static String freshUrl() {
    return freshUrl("off");
  }

  /// The same in a server that waits for the disk, as one does that is relied on.
  public static String durableUrl() {
    return freshUrl("on");
  }

  private static String freshUrl(String fsync) {
    var schema = newName();
    var server = server(fsync);
    try (var connection = server.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA " + schema);
    } catch (SQLException failed) {
      throw new IllegalStateException("no new PostgreSQL schema", failed);
    }
    return "jdbc:postgresql://localhost:%d/postgres?currentSchema=%s"
        .formatted(server.getPort(), schema);
  }

  /// As the owner of what [#freshUrl] made.
  public static Connection connect() throws SQLException {
    return server("off").getPostgresDatabase().getConnection();
  }

  private static synchronized EmbeddedPostgres server(String fsync) {
    return RUNNING.computeIfAbsent(fsync, Postgresql::start);
  }

  private static EmbeddedPostgres start(String fsync) {
    var folder = Path.of("target").toAbsolutePath().resolve("postgresql");
    try {
      return EmbeddedPostgres.builder()
          .setOverrideWorkingDirectory(folder.toFile())
          .setDataDirectory(folder.resolve(newName()))
          .setLocaleConfig("locale", "C.UTF-8")
          .setServerConfig("fsync", fsync)
          .setServerConfig("full_page_writes", fsync)
          .setServerConfig("synchronous_commit", "on")
          .start();
    } catch (IOException failed) {
      throw new UncheckedIOException("PostgreSQL does not start", failed);
    }
  }

  private static String newName() {
    return "test_" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
  }
}
