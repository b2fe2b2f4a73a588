package dev.nameplate.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks for what other nodes changed: as soon as PostgreSQL says that there is something, and
/// every so often whether it does or not. A connection of its own waits for its word; while that is
/// lost, only the regular looks are left. No failure ends it.
final class StatusWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StatusWatch.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int LONGEST_PAUSE = 40;

  private final StatusFeed feed;
  private final Connections connections;
  private final Duration every;
  private final Thread thread;
  private volatile boolean closing;
  private boolean failing;

  private volatile @Nullable Connection listening;

  /// How many looks pass before the next attempt to connect, and how many of them are left: twice
  /// as many after each that failed.
  private int pause;

  private int left;

  /// Starts to look.
  StatusWatch(StatusFeed feed, Connections connections, Duration every) {
    this.feed = feed;
    this.connections = connections;
    this.every = every;
    this.thread = Thread.ofPlatform().daemon().name("status-watch").start(this::run);
  }

  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    var open = listening;
    try {
      if (open != null) {
        open.abort(Runnable::run);
      }
    } catch (SQLException lost) {
      LOG.debug("ending a lost connection", lost);
    }
    try {
      thread.join(PATIENCE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (!closing) {
        listen();
        look();
        await();
      }
    } finally {
      hangUp();
    }
  }

  private void look() {
    try {
      feed.look();
      if (failing) {
        LOG.info("changes of other nodes are seen again");
      }
      failing = false;
    } catch (RuntimeException | Error failed) {
      // an Error, too: thrown on, it would end the watch for good, and nobody would hear of it;
      // said once; the numbers say later what was missed
      if (!failing && !closing) {
        LOG.warn("changes of other nodes cannot be seen", failed);
      }
      failing = true;
    }
  }

  private void listen() {
    if (listening != null || left-- > 0) {
      return;
    }
    try {
      var opened = connections.open();
      listening = opened;
      Sql.execute(opened, "LISTEN " + Dialect.CHANNEL);
    } catch (SQLException | RuntimeException | Error away) {
      LOG.debug("nobody says when other nodes change something", away);
      hangUp();
    }
  }

  /// Until PostgreSQL says that something changed, or it is time to look all the same.
  private void await() {
    if (closing) {
      return;
    }
    var open = listening;
    if (open == null) {
      LockSupport.parkNanos(every.toNanos());
      return;
    }
    try {
      open.unwrap(PGConnection.class).getNotifications(Math.toIntExact(every.toMillis()));
      pause = 0;
    } catch (SQLException | RuntimeException | Error lost) {
      LOG.debug("the connection that waits for changes is lost", lost);
      hangUp();
    }
  }

  private void hangUp() {
    pause = Math.min(2 * pause + 1, LONGEST_PAUSE);
    left = pause;
    var open = listening;
    listening = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (SQLException | RuntimeException | Error lost) {
      LOG.debug("closing a lost connection", lost);
    }
  }
}
