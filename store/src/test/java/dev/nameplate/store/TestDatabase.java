package dev.nameplate.store;

import dev.nameplate.store.testing.Postgresql;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// New, empty databases for tests, all of them under `target/`: H2 in a file, PostgreSQL for real.
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
      return settings(Postgresql.freshUrl(), Postgresql.USER);
    }
  };

  private static final Path FOLDER = Path.of("target").toAbsolutePath();
  private static final AtomicInteger NUMBER = new AtomicInteger();

  /// Settings for a database that nobody has used.
  abstract DatabaseSettings fresh();

  private static DatabaseSettings settings(String url, String user) {
    return new DatabaseSettings(url, user, () -> "", 4, Duration.ofSeconds(20));
  }

  private static String newName() {
    return "test_" + ProcessHandle.current().pid() + "_" + NUMBER.incrementAndGet();
  }
}
