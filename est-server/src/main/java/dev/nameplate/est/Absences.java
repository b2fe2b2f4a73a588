package dev.nameplate.est;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/// Says in the log that a request could not be answered because the store or the token is away: in
/// one line with all causes for each request, and with the stack trace once a minute, for while
/// something is away every request fails alike. May be used by many threads at once.
public final class Absences {

  private static final long PAUSE = Duration.ofMinutes(1).toNanos();

  private final Logger log;
  private final LongSupplier nanoTime;

  /// When the next stack trace is due.
  private final AtomicLong due;

  public Absences(Logger log) {
    this(log, System::nanoTime);
  }

  Absences(Logger log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
    this.due = new AtomicLong(nanoTime.getAsLong());
  }

  /// @param request that failed, with its article
  /// @param what is away
  public void say(String request, String what, RuntimeException away) {
    long now = nanoTime.getAsLong();
    long before = due.get();
    if (now - before >= 0 && due.compareAndSet(before, now + PAUSE)) {
      log.warn("{} failed because {} is away", request, what, away);
    } else {
      log.warn("{} failed because {} is away: {}", request, what, causes(away));
      log.debug("where that was", away);
    }
  }

  private static String causes(Throwable thrown) {
    var causes = new ArrayList<String>();
    for (var cause = thrown; cause != null && causes.size() < 8; cause = cause.getCause()) {
      causes.add(cause.toString());
    }
    return String.join(", because of ", causes);
  }
}
