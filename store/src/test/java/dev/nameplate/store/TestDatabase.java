package dev.nameplate.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// New, empty databases for tests, all of them under `target/`: H2 in a file, PostgreSQL in one
/// real server that is started once per JVM.
enum TestDatabase {
  H2 {
    @Override
    DatabaseSettings fresh() {
      var file = FOLDER.resolve("h2").resolve(newName());
      return settings("jdbc:h2:file:" + file, "nameplate");
    }
  },

  POSTGRESQL {
    @Override
    DatabaseSettings fresh() {
      // a schema is a database to Nameplate, and much cheaper
      var schema = newName();
      try (var connection = postgres().getPostgresDatabase().getConnection()) {
        Sql.execute(connection, "CREATE SCHEMA " + schema);
      } catch (SQLException failed) {
        throw new IllegalStateException("no new PostgreSQL schema", failed);
      }
      return settings(
          "jdbc:postgresql://localhost:%d/postgres?currentSchema=%s"
              .formatted(postgres().getPort(), schema),
          "postgres");
    }
  };

  private static final Path FOLDER = Path.of("target").toAbsolutePath();
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static @Nullable EmbeddedPostgres postgres;

  /// Settings for a database that nobody has used.
  abstract DatabaseSettings fresh();

  private static DatabaseSettings settings(String url, String user) {
    return new DatabaseSettings(url, user, () -> "", 4, Duration.ofSeconds(20));
  }

  private static String newName() {
    return "test_" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
  }

  private static synchronized EmbeddedPostgres postgres() {
    if (postgres == null) {
      try {
        postgres =
            EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(FOLDER.resolve("postgresql").toFile())
                .setDataDirectory(FOLDER.resolve("postgresql").resolve(newName()))
                .setLocaleConfig("locale", "C.UTF-8")
                .setServerConfig("synchronous_commit", "on")
                .start();
      } catch (IOException failed) {
        throw new UncheckedIOException("PostgreSQL does not start", failed);
      }
    }
    return postgres;
  }
}
