package dev.nameplate.hsm;

import dev.nameplate.hsm.HsmListener.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The lanes of one token: threads that may enter the library, each with a session of its own.
///
/// Native calls pin a virtual thread to its carrier and cannot be interrupted, so callers only wait
/// here, with a deadline. A session that saw an error is closed and never used again; what then
/// helps, a new session or a new generation of the module, is done before the one retry. A lane
/// whose call does not return is given up until it does: the others go on, and when there are none
/// left, callers are refused at once.
final class SessionPool {

  private static final Logger LOG = LoggerFactory.getLogger(SessionPool.class);

  /// How long a lane that gets no session leaves the work to those that have one.
  private static final Duration STEP_ASIDE = Duration.ofSeconds(1);

  private final Pkcs11Module module;
  private final Token token;
  private final HsmSettings settings;
  private final RandomGenerator random;
  private final InstantSource clock;
  private final HsmListener listener;

  // As long as it likes: those who wait in it have a place each, or do not need one.
  private final BlockingDeque<Job<?>> queue = new LinkedBlockingDeque<>();
  private final Semaphore places;
  private final List<Lane> lanes;
  private final AtomicInteger sessions = new AtomicInteger();
  private final AtomicLong trust = new AtomicLong();
  private volatile boolean closed;

  /// @param unwanted what undoes the work if nobody waits for its answer any more
  /// @param within how long the caller waits for the answer
  /// @param takesPlace whether it counts among those that may wait
  /// @param since when it was given, as [System#nanoTime]
  private record Job<T>(
      Function<Session, T> work,
      Consumer<Session> unwanted,
      int attempts,
      Duration within,
      boolean takesPlace,
      CompletableFuture<T> answer,
      long since) {

    Job(Function<Session, T> work, int attempts, Duration within, boolean takesPlace) {
      this(work, _ -> {}, attempts, within, takesPlace);
    }

    Job(
        Function<Session, T> work,
        Consumer<Session> unwanted,
        int attempts,
        Duration within,
        boolean takesPlace) {
      this(
          work,
          unwanted,
          attempts,
          within,
          takesPlace,
          new CompletableFuture<>(),
          System.nanoTime());
    }

    Job<T> withoutPlace() {
      return new Job<>(work, unwanted, attempts, within, false, answer, since);
    }
  }

  /// A lane is at work.
  ///
  /// @param at when it began, by the clock
  /// @param since the same, as [System#nanoTime]
  private record Stint(Instant at, long since, Duration within) {

    boolean isOverdue() {
      return System.nanoTime() - since > within.toNanos();
    }
  }

  /// The caller has joined the module, and leaves it after closing the pool.
  SessionPool(
      Pkcs11Module module,
      Token token,
      HsmSettings settings,
      RandomGenerator random,
      InstantSource clock,
      HsmListener listener) {
    this.module = module;
    this.token = token;
    this.settings = settings;
    this.random = random;
    this.clock = clock;
    this.listener = listener;
    this.places = new Semaphore(settings.queueLimit());
    this.lanes = IntStream.range(0, settings.sessions()).mapToObj(Lane::new).toList();
    lanes.forEach(lane -> lane.thread.start());
  }

  /// Does work that may be done twice.
  <T> T call(Function<Session, T> work) {
    return await(new Job<>(work, 2, settings.deadline(), true));
  }

  /// Does work that must not be done twice.
  ///
  /// @param within how long it may take
  <T> T callOnce(Function<Session, T> work, Duration within) {
    return await(new Job<>(work, 1, within, true));
  }

  /// The same for work that leaves something in the token.
  ///
  /// @param unwanted what removes it again, should the caller have given up before the work was
  ///   done
  <T> T callOnce(Function<Session, T> work, Consumer<Session> unwanted, Duration within) {
    return await(new Job<>(work, unwanted, 1, within, true));
  }

  /// Does work that may be done twice before all that is waiting, however much that is.
  <T> T callNext(Function<Session, T> work, Duration within) {
    return await(new Job<>(work, 2, within, false));
  }

  /// A session gave a wrong answer: none that is open now is used again.
  void distrustSessions() {
    trust.incrementAndGet();
  }

  /// Since when a call into the library has not returned although its caller gave up.
  Optional<Instant> hungSince() {
    return lanes.stream()
        .map(lane -> lane.stint)
        .filter(stint -> stint != null && stint.isOverdue())
        .map(Stint::at)
        .min(Comparator.naturalOrder());
  }

  HsmStats stats() {
    return new HsmStats(
        lanes.size(),
        count(lane -> lane.stint != null),
        count(Lane::hangs),
        sessions.get(),
        queue.size(),
        module.generation(),
        token.isLatched());
  }

  /// Closes the sessions and ends the threads.
  ///
  /// @return whether all threads came back from the library before the deadline; if not, it must
  ///   not be finalised
  boolean close() {
    closed = true;
    lanes.forEach(lane -> lane.thread.interrupt());
    failTheQueue();
    long end = System.nanoTime() + settings.deadline().toNanos();
    boolean back = true;
    try {
      for (var lane : lanes) {
        // Whoever hangs was waited for already.
        long patience = lane.hangs() ? 0 : Math.max(0, end - System.nanoTime());
        back &= lane.thread.join(Duration.ofNanos(patience));
      }
      return back;
    } catch (InterruptedException inAHurry) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private int count(Predicate<Lane> which) {
    return (int) lanes.stream().filter(which).count();
  }

  private <T> T await(Job<T> job) {
    enqueue(job);
    try {
      return job.answer().get(job.within().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      if (withdraw(job)) {
        throw refused(Refusal.DEADLINE, "no answer within " + job.within());
      }
      return answered(job);
    } catch (ExecutionException failed) {
      throw told(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      if (withdraw(job)) {
        throw refused(Refusal.CLOSED, "interrupted while waiting");
      }
      return answered(job);
    }
  }

  /// The answer that came just before it was given up.
  private <T> T answered(Job<T> job) {
    try {
      return job.answer().join();
    } catch (CompletionException failed) {
      throw told(failed);
    }
  }

  private HsmException told(Exception failed) {
    return switch (failed.getCause()) {
      case HsmException known -> known.at("token " + token.label());
      case null, default ->
          HsmException.refused("token " + token.label() + ": unexpected failure", failed);
    };
  }

  private void enqueue(Job<?> job) {
    if (closed) {
      throw refused(Refusal.CLOSED, "closed");
    }
    if (lanes.stream().noneMatch(Lane::isAvailable)) {
      hungSince()
          .ifPresent(since -> {
            throw refused(Refusal.HUNG, whatHangs(since));
          });
    }
    if (!job.takesPlace()) {
      queue.addFirst(job);
    } else if (places.tryAcquire()) {
      queue.addLast(job);
    } else {
      throw refused(Refusal.QUEUE_FULL, "the queue for a session is full");
    }
    if (closed) {
      failTheQueue(); // nobody may be left to take it
    }
  }

  /// What to say of a call that does not return.
  static String whatHangs(Instant since) {
    return "a call into the library has not returned since "
        + since
        + "; if it does not return, restart the process";
  }

  /// Gives it up, unless it was answered.
  private boolean withdraw(Job<?> job) {
    boolean givenUp = job.answer().cancel(false);
    if (queue.remove(job)) {
      leavesTheQueue(job);
    }
    return givenUp;
  }

  private void leavesTheQueue(Job<?> job) {
    if (job.takesPlace()) {
      places.release();
    }
  }

  private void failTheQueue() {
    var left = new ArrayList<Job<?>>();
    queue.drainTo(left);
    left.forEach(job -> {
      leavesTheQueue(job);
      job.answer().completeExceptionally(HsmException.of(Fault.STOPPED, "closed"));
    });
  }

  private HsmException refused(Refusal why, String words) {
    listener.refused(why);
    var fault =
        switch (why) {
          case QUEUE_FULL, DEADLINE -> Fault.BUSY;
          case HUNG, CLOSED -> Fault.STOPPED;
        };
    return HsmException.of(fault, "token " + token.label() + ": " + words);
  }

  private final class Lane implements Runnable {

    private final Thread thread;
    private volatile @Nullable Stint stint;
    private volatile boolean aside;

    // Of this thread only.
    private @Nullable Session session;
    private long trusted;
    private long ranIn;

    Lane(int number) {
      this.thread =
          Thread.ofPlatform().daemon().name("hsm-" + token.label() + "-" + number).unstarted(this);
    }

    boolean hangs() {
      var now = stint;
      return now != null && now.isOverdue();
    }

    /// Whether it will look into the queue soon.
    boolean isAvailable() {
      return !aside && !hangs();
    }

    @Override
    public void run() {
      try {
        while (!closed) {
          try {
            work();
          } catch (RuntimeException | Error ours) {
            LOG.error("{} goes on after a failure of our own", thread.getName(), ours);
          }
        }
      } catch (InterruptedException closing) {
        // by close(), which is the only one to know these threads
      } finally {
        closeSession();
      }
    }

    private void work() throws InterruptedException {
      var job = next();
      if (job == null) {
        keepAlive();
      } else {
        leavesTheQueue(job);
        listener.waited(Duration.ofNanos(System.nanoTime() - job.since()));
        answer(job);
      }
    }

    /// Null if the session has been idle for long enough.
    private @Nullable Job<?> next() throws InterruptedException {
      var idle = settings.keepAlive();
      return session == null || idle.isZero()
          ? queue.take()
          : queue.poll(idle.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void keepAlive() {
      answer(new Job<>(Session::touch, 2, settings.deadline(), false));
    }

    private <T> void answer(Job<T> job) {
      if (job.answer().isDone()) {
        return; // the caller gave up
      }
      stint = new Stint(clock.instant(), System.nanoTime(), job.within());
      try {
        if (!job.answer().complete(perform(job))) {
          undo(job);
        }
      } catch (HsmException failed) {
        if (othersHaveSessions(failed)) {
          queue.addFirst(job.withoutPlace());
          if (closed) {
            failTheQueue();
          }
          stepAside();
        } else {
          job.answer().completeExceptionally(failed);
        }
      } catch (RuntimeException | Error unexpected) {
        job.answer().completeExceptionally(unexpected);
      } finally {
        stint = null;
      }
    }

    /// The caller gave up while the work was done.
    private void undo(Job<?> job) {
      try {
        attempt(
            new Job<>(
                session -> {
                  job.unwanted().accept(session);
                  return true;
                },
                1,
                job.within(),
                false));
      } catch (HsmException leftBehind) {
        LOG.error(
            "token {}: what nobody waits for any more is left in it: {}",
            token.label(),
            leftBehind.getMessage());
      }
    }

    private void stepAside() {
      LOG.debug("token {} has no session for {}", token.label(), thread.getName());
      stint = null;
      aside = true;
      try {
        LockSupport.parkNanos(SessionPool.this, STEP_ASIDE.toNanos());
      } finally {
        aside = false;
      }
    }

    /// Whether it is the number of sessions that is exhausted, by ours.
    private boolean othersHaveSessions(HsmException failed) {
      return failed.isFrom("C_OpenSession")
          && failed.hasCode(Ckr.CKR_SESSION_COUNT)
          && sessions.get() > 0;
    }

    private <T> T perform(Job<T> job) {
      try {
        return attempt(job);
      } catch (HsmException first) {
        if (!heal(first) || job.attempts() == 1 || job.answer().isDone()) {
          throw first;
        }
        return retry(job, first);
      }
    }

    private <T> T retry(Job<T> job, HsmException first) {
      try {
        var result = attempt(job);
        module.works();
        return result;
      } catch (HsmException second) {
        if (second.fault() == Fault.SESSION || second.fault() == Fault.MODULE) {
          // A new session was not enough: the next caller finds a new generation.
          reinitialize();
        }
        second.addSuppressed(first);
        throw second;
      }
    }

    private <T> T attempt(Job<T> job) {
      ranIn = module.generation();
      try {
        return module.call(pkcs11 -> {
          ranIn = module.generation();
          try {
            var open = openSession(pkcs11);
            var result = job.work().apply(open);
            if (open.ends()) {
              closeSession();
            }
            return result;
          } catch (RuntimeException | Error failed) {
            closeSession();
            throw failed;
          }
        });
      } catch (HsmException failed) {
        if (failed.isFrom("C_Initialize")) {
          ranIn = module.generation(); // it failed just now, or when the library was last needed
        }
        listener.failed(failed);
        throw failed;
      }
    }

    private Session openSession(Pkcs11 pkcs11) {
      long generation = module.generation();
      if (session != null && (session.generation() != generation || trusted != trust.get())) {
        closeSession();
      }
      if (session == null) {
        trusted = trust.get();
        int others = sessions.getAndIncrement();
        try {
          session = token.open(pkcs11, generation, others);
        } finally {
          if (session == null) {
            sessions.decrementAndGet();
          }
        }
      }
      return session;
    }

    /// Whether it is worth trying again.
    private boolean heal(HsmException failure) {
      return switch (failure.fault()) {
        case CALLER, BUSY, STOPPED -> false;
        case PIN -> {
          // not if it was us who refused: that ends when the token's flag is cleared
          failure.ckr().ifPresent(_ -> token.latch(failure));
          yield false;
        }
        // it is closed, and the next attempt opens another
        case SESSION -> !othersHaveSessions(failure);
        case MODULE -> reinitialize();
      };
    }

    /// Half of the deadline, so that there is time for the retry.
    private boolean reinitialize() {
      return module.reinitialize(ranIn, clock, random, settings.deadline().dividedBy(2));
    }

    private void closeSession() {
      var open = session;
      session = null;
      if (open != null) {
        sessions.decrementAndGet();
        module.close(open);
      }
    }
  }
}
