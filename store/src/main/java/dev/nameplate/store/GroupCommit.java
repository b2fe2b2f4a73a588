package dev.nameplate.store;

import dev.nameplate.ca.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one writer of this process. Many callers hand in changes; one thread takes all that wait,
/// does them in one database transaction, appends their audit rows, and commits once for all of
/// them. Each caller waits for its own outcome, and gets it when it is on disk. A change that fails
/// fails alone.
///
/// When a connection is lost at COMMIT, nobody is answered before the database has said what became
/// of it. When H2 fails at a commit, the writer stops for good: see [Dialect].
public final class GroupCommit implements Writer, AutoCloseable {

  /// What the writer has done since it began.
  ///
  /// @param groups commits, each of which was one flush to disk
  /// @param changes pieces of work that changed something
  /// @param failedAlone pieces of work that failed, and were done without
  public record Stats(long groups, long changes, long failedAlone) {}

  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

  private static final int ATTEMPTS = 3;
  private static final Duration BETWEEN_CONNECTS = Duration.ofMillis(200);

  // serialization failure, deadlock; unique violation: another node was faster, look again
  private static final Set<String> WORTH_ANOTHER_TRY = Set.of("40001", "40P01", "23505");

  /// One piece of work failed; the transaction has to be done without it.
  private static final class TaskFailed extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Task<?> task;
    private final Exception why;

    TaskFailed(Task<?> task, Exception why) {
      super(why);
      this.task = task;
      this.why = why;
    }
  }

  private final Dialect dialect;
  private final Connections connections;
  private final AuditChain chain;
  private final InstantSource clock;
  private final Duration deadline;
  private final StatusListeners listeners;
  private final Consumer<StoreException> onFatal;
  private final Lanes lanes = new Lanes();
  private final Thread thread;
  private final LongAdder groups = new LongAdder();
  private final LongAdder changes = new LongAdder();
  private final LongAdder failedAlone = new LongAdder();
  private volatile @Nullable StoreException fatal;
  private volatile boolean closing;
  private @Nullable Connection connection;

  /// Begins the chain, and starts the writer.
  ///
  /// @param deadline how long a change may wait for its turn, and then for its end
  /// @param listeners told of each status that changed, before whoever changed it is answered
  /// @param onFatal told once, on the writer's thread, when it has stopped for good
  GroupCommit(
      Dialect dialect,
      Connections connections,
      AuditChain chain,
      InstantSource clock,
      Duration deadline,
      StatusListeners listeners,
      Consumer<StoreException> onFatal)
      throws SQLException {
    this.dialect = dialect;
    this.connections = connections;
    this.chain = chain;
    this.clock = clock;
    this.deadline = deadline;
    this.listeners = listeners;
    this.onFatal = onFatal;
    var first = openWriter();
    try {
      var head = chain.start(first, clock.instant());
      dialect.commit(first);
      chain.committed(head);
    } catch (SQLException failed) {
      first.close();
      throw failed;
    }
    this.connection = first;
    this.thread = Thread.ofPlatform().name("store-writer").start(this::run);
  }

  @Override
  public <T> T submit(Lane lane, String lockOrder, String what, Work<T> work) {
    requireAlive();
    var task = new Task<>(lane, lockOrder, what, work);
    lanes.add(task);
    try {
      return await(task);
    } catch (TimeoutException late) {
      if (lanes.remove(task)) {
        throw new StoreException(
            what + ": no turn within " + deadline + "; nothing was changed", late);
      }
      return awaitEnd(task);
    }
  }

  public Stats stats() {
    return new Stats(groups.sum(), changes.sum(), failedAlone.sum());
  }

  Lanes lanes() {
    return lanes;
  }

  @Override
  public void requireAlive() {
    var why = fatal;
    if (why != null) {
      throw new StoreException("the store has stopped: " + why.getMessage(), why);
    }
  }

  /// Does what waits, and ends.
  @Override
  public void close() {
    closing = true;
    lanes.close();
    try {
      thread.join(deadline.plusSeconds(5));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  // The caller's side

  private <T> T await(Task<T> task) throws TimeoutException {
    try {
      return task.outcome().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException why) {
        throw why;
      }
      throw new StoreException(task.what() + " failed", failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreException(
          task.what()
              + (lanes.remove(task)
                  ? ": interrupted; nothing was changed"
                  : ": interrupted; the outcome is unknown"),
          interrupted);
    }
  }

  private <T> T awaitEnd(Task<T> task) {
    try {
      return await(task);
    } catch (TimeoutException late) {
      throw new StoreException(
          task.what() + ": no answer from the database in time; the outcome is unknown", late);
    }
  }

  // The writer's side

  private void run() {
    try {
      for (var group = lanes.take(); !group.isEmpty(); group = lanes.take()) {
        commit(group);
      }
    } catch (InterruptedException | RuntimeException | Error unexpected) {
      stop(hasStopped(unexpected));
    } finally {
      disconnect();
    }
  }

  private void commit(List<Task<?>> group) {
    var together = new ArrayList<>(group);
    together.sort(Comparator.comparing(Task::lockOrder));
    var alone = new ArrayList<Task<?>>();
    try {
      while (!together.isEmpty() && !tryTogether(together, alone)) {
        LOG.debug("a group of {} changes is done again", together.size());
      }
      for (var task : alone) {
        commitAlone(task);
      }
    } catch (StoreException end) {
      group.forEach(task -> task.fail(end));
      if (fatal != null) {
        throw end;
      }
    } catch (RuntimeException | Error unexpected) {
      var end = stop(hasStopped(unexpected));
      group.forEach(task -> task.fail(end));
      throw end;
    }
  }

  /// True if all of them are done; false if one failed, and was put aside.
  private boolean tryTogether(List<Task<?>> together, List<Task<?>> alone) {
    try {
      transaction(together);
      return true;
    } catch (TaskFailed failed) {
      together.remove(failed.task);
      alone.add(failed.task);
      return false;
    } catch (SQLException shared) {
      // what they have in common failed: each for itself
      alone.addAll(together);
      together.clear();
      return true;
    }
  }

  private void commitAlone(Task<?> task) {
    for (int attempt = 1; ; attempt++) {
      Exception why;
      try {
        transaction(List.of(task));
        return;
      } catch (TaskFailed failed) {
        why = failed.why;
      } catch (SQLException failed) {
        why = failed;
      }
      if (attempt < ATTEMPTS
          && why instanceof SQLException sql
          && WORTH_ANOTHER_TRY.contains(sql.getSQLState())) {
        continue;
      }
      failedAlone.increment();
      task.fail(
          why instanceof RuntimeException thrown
              ? thrown
              : new StoreException(
                  task.what() + ": " + why.getMessage() + "; nothing was changed", why));
      return;
    }
  }

  /// One transaction from beginning to end. When it returns, all outcomes were released.
  private void transaction(List<Task<?>> tasks) throws TaskFailed, SQLException {
    var writer = writer();
    var transaction = new Transaction(writer);
    int changed = 0;
    AuditChain.Head next;
    try {
      for (var task : tasks) {
        run(task, transaction);
        changed += transaction.takeChanged() ? 1 : 0;
      }
      if (changed == 0) {
        writer.rollback();
        tasks.forEach(Task::release);
        return;
      }
      CrlScopes.number(transaction);
      RefusalCounts.add(transaction, clock.instant());
      if (!transaction.changes().isEmpty()) {
        dialect.announceChanges(writer);
      }
      next = chain.write(writer, transaction.events(), clock.instant());
    } catch (TaskFailed failed) {
      rollBack(failed.why);
      throw failed;
    } catch (SQLException failed) {
      rollBack(failed);
      throw failed;
    }
    flush(writer, next);
    chain.committed(next);
    groups.increment();
    changes.add(changed);
    listeners.committed(transaction);
    tasks.forEach(Task::release);
  }

  private static void run(Task<?> task, Transaction transaction) throws TaskFailed {
    try {
      task.run(transaction);
    } catch (SQLException | RuntimeException failed) {
      throw new TaskFailed(task, failed);
    }
  }

  /// Returns if the transaction is on disk, and throws if it is certain that it is not.
  private void flush(Connection writer, AuditChain.Head next) throws SQLException {
    try {
      dialect.commit(writer);
    } catch (SQLException failed) {
      if (dialect.isFatal(failed, true)) {
        throw stop(
            new StoreException(
                "the database failed at a commit, the outcome is unknown, and this node must stop: "
                    + failed.getMessage(),
                failed));
      }
      LOG.warn("the database failed at a commit; looking what became of it", failed);
      disconnect();
      // opening the next connection compares the heads
      if (!reconnect().equals(next)) {
        throw failed;
      }
    }
  }

  private void rollBack(Throwable why) {
    if (why instanceof SQLException sql && dialect.isFatal(sql, false)) {
      throw stop(
          new StoreException(
              "the database is broken, and this node must stop: " + sql.getMessage(), sql));
    }
    try {
      if (connection != null) {
        connection.rollback();
      }
    } catch (SQLException lost) {
      LOG.warn("the connection to the database is lost: {}", lost.getMessage());
      disconnect();
    }
  }

  private Connection writer() {
    if (connection == null) {
      try {
        requireNothingLost(connect());
      } catch (SQLException away) {
        throw new StoreException(
            "the database is away: " + away.getMessage() + "; nothing was changed", away);
      }
    }
    return Objects.requireNonNull(connection);
  }

  /// Tries for as long as it takes: until the database has answered, nobody may be.
  private AuditChain.Head reconnect() {
    while (true) {
      try {
        return connect();
      } catch (SQLException away) {
        LOG.warn("the database does not answer: {}", away.getMessage());
        if (closing) {
          throw stop(
              new StoreException("closed before the database said what became of a commit", away));
        }
        LockSupport.parkNanos(BETWEEN_CONNECTS.toNanos());
      }
    }
  }

  /// Where our chain stands in the database, over a new connection.
  private AuditChain.Head connect() throws SQLException {
    var opened = openWriter();
    try {
      var head = inDatabase(opened);
      opened.rollback();
      connection = opened;
      return head;
    } catch (SQLException failed) {
      opened.close();
      throw failed;
    }
  }

  private AuditChain.Head inDatabase(Connection opened) throws SQLException {
    var head = chain.inDatabase(opened);
    if (head.isEmpty() || head.get().commits() < chain.head().commits()) {
      throw stop(
          new StoreException(
              "the database has lost commits of this node, which must stop: audit chain "
                  + chain.head().chain()
                  + " should have "
                  + chain.head().sequence()
                  + " rows"));
    }
    return head.get();
  }

  private void requireNothingLost(AuditChain.Head inDatabase) {
    if (!inDatabase.equals(chain.head())) {
      throw stop(
          new StoreException(
              "somebody else wrote into audit chain " + chain.head().chain() + " of this node"));
    }
  }

  private Connection openWriter() throws SQLException {
    var opened = connections.open();
    try {
      opened.setAutoCommit(false);
      opened.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      dialect.prepareWriter(opened);
      return opened;
    } catch (SQLException failed) {
      opened.close();
      throw failed;
    }
  }

  private void disconnect() {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException lost) {
      LOG.debug("closing a lost connection", lost);
    }
    connection = null;
  }

  private static StoreException hasStopped(Throwable unexpected) {
    return new StoreException("the store's writer has stopped: " + unexpected, unexpected);
  }

  /// The end: whoever waits and whoever comes gets this.
  private StoreException stop(StoreException why) {
    if (fatal == null) {
      LOG.error("{}", why.getMessage(), why);
      fatal = why;
      lanes.close();
      lanes.drain(Integer.MAX_VALUE).forEach(task -> task.fail(why));
      onFatal.accept(why);
    }
    return why;
  }
}
