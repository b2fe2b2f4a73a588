package dev.nameplate.store;

import com.zaxxer.hikari.HikariDataSource;
import dev.nameplate.ca.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;

/// Reads over pooled connections, beside the writer. May be used by many threads at once.
final class Reader {

  /// How many rows are in memory at once, where there may be many.
  static final int PAGE = 1000;

  /// What is asked of a connection.
  @FunctionalInterface
  interface Question<T> {
    T ask(Connection connection) throws SQLException;
  }

  private final HikariDataSource pool;
  private final Writer writer;

  Reader(HikariDataSource pool, Writer writer) {
    this.pool = pool;
    this.writer = writer;
  }

  /// @throws StoreException if it cannot be read now
  <T> T read(Question<T> question) {
    writer.requireAlive();
    try (var connection = pool.getConnection()) {
      return question.ask(connection);
    } catch (SQLException failed) {
      throw new StoreException("the database cannot be read: " + failed.getMessage(), failed);
    }
  }

  /// Many statements that all see the database as it was at the first of them.
  <T> T readSnapshot(Question<T> question) {
    return read(connection -> {
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      try {
        return question.ask(connection);
      } finally {
        // the pool sets back what was set here
        connection.rollback();
      }
    });
  }
}
