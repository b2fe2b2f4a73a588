package dev.nameplate.store;

import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A piece of work on its way through the writer, and the caller's outcome.
final class Task<T> {

  private final Lane lane;
  private final String lockOrder;
  private final String what;
  private final Work<T> work;
  private final CompletableFuture<T> outcome = new CompletableFuture<>();
  private @Nullable Runnable answer;

  /// @param lockOrder works of one group run in this order, so that all nodes lock rows in one
  /// @param what for messages: `register device:pump`
  Task(Lane lane, String lockOrder, String what, Work<T> work) {
    this.lane = lane;
    this.lockOrder = lockOrder;
    this.what = what;
    this.work = work;
  }

  Lane lane() {
    return lane;
  }

  String lockOrder() {
    return lockOrder;
  }

  String what() {
    return what;
  }

  CompletableFuture<T> outcome() {
    return outcome;
  }

  /// Runs the work, and keeps its result back until [#release].
  void run(Transaction transaction) throws SQLException {
    var result = work.run(transaction);
    answer = () -> outcome.complete(result);
  }

  /// Lets the caller have the result: what was done is committed.
  void release() {
    if (answer != null) {
      answer.run();
    }
  }

  void fail(RuntimeException why) {
    outcome.completeExceptionally(why);
  }
}
