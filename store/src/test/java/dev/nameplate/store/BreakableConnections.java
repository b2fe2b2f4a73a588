package dev.nameplate.store;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/// Real connections for the writer, which write down when they commit and which plain statements
/// they are given, and which break once when they are told to.
final class BreakableConnections implements Connections {

  /// How the next commit goes wrong.
  enum Fault {
    NONE,
    /// The connection is lost, and with it the transaction.
    LOST_BEFORE_COMMIT,
    /// The transaction is committed, but the answer never comes.
    LOST_AFTER_COMMIT,
    /// The answer never comes, and the database is still at work on it.
    LOST_DURING_COMMIT,
    /// The disk does not take it.
    DISK_FULL,
    /// The commit is fine, but the flush to disk fails.
    FLUSH_FAILS
  }

  private final DatabaseSettings settings;
  private final AtomicReference<Fault> fault = new AtomicReference<>(Fault.NONE);
  private final List<String> seen = new CopyOnWriteArrayList<>();

  BreakableConnections(DatabaseSettings settings) {
    this.settings = settings;
  }

  void breakNext(Fault next) {
    fault.set(next);
  }

  /// `commit` for each commit, and the text of each plain statement.
  List<String> seen() {
    return seen;
  }

  @Override
  public Connection open() throws SQLException {
    var real = DriverManager.getConnection(settings.url(), settings.user(), "");
    var stillAtWork = new AtomicBoolean();
    return proxy(
        Connection.class,
        (_, method, arguments) ->
            switch (method.getName()) {
              case "commit" -> {
                stillAtWork.set(fault.get() == Fault.LOST_DURING_COMMIT);
                commit(real);
                yield null;
              }
              case "close" -> {
                if (!stillAtWork.get()) {
                  real.close();
                }
                yield null;
              }
              case "createStatement" -> watched(real.createStatement());
              default -> call(() -> method.invoke(real, arguments));
            });
  }

  private void commit(Connection real) throws SQLException {
    seen.add("commit");
    switch (fault.get()) {
      case NONE, FLUSH_FAILS -> real.commit();
      case LOST_BEFORE_COMMIT -> {
        real.close();
        throw lost();
      }
      case LOST_AFTER_COMMIT -> {
        real.commit();
        real.close();
        throw lost();
      }
      case LOST_DURING_COMMIT -> {
        CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS)
            .execute(() -> {
              try {
                real.commit();
                real.close();
              } catch (SQLException impossible) {
                throw new IllegalStateException(impossible);
              }
            });
        throw lost();
      }
      case DISK_FULL -> throw new SQLException("No space left on device", "90031", 90031);
    }
  }

  private Statement watched(Statement real) {
    return proxy(
        Statement.class,
        (_, method, arguments) -> {
          if (method.getName().equals("execute")) {
            var sql = arguments[0].toString();
            seen.add(sql);
            if (sql.startsWith("CHECKPOINT") && fault.get() == Fault.FLUSH_FAILS) {
              throw new SQLException("Input/output error", "90031", 90031);
            }
          }
          return call(() -> method.invoke(real, arguments));
        });
  }

  private SQLException lost() {
    fault.set(Fault.NONE);
    return new SQLException("an I/O error occurred while sending to the backend", "08006");
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @FunctionalInterface
  private interface Call {
    Object run() throws ReflectiveOperationException;
  }

  private static Object call(Call call) throws Throwable {
    try {
      return call.run();
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }
}
