package dev.nameplate.hsm;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The threads that may enter the library for one token, each with a session of its own.
///
/// Native calls pin a virtual thread to its carrier, so callers only wait here, with a deadline. A
/// session that saw an error is closed and never used again; what then helps, a new session or a
/// new generation of the module, is done before the one retry.
final class SessionPool {

  private final Pkcs11Module module;
  private final Token token;
  private final Duration deadline;
  private final InstantSource clock;
  private final BlockingQueue<Job<?>> queue;
  private final List<Thread> threads;
  private final AtomicLong trust = new AtomicLong();
  private volatile boolean closed;

  private record Job<T>(Function<Session, T> work, int attempts, CompletableFuture<T> answer) {}

  /// The caller has joined the module, and leaves it after closing the pool.
  SessionPool(Pkcs11Module module, Token token, HsmSettings settings, InstantSource clock) {
    this.module = module;
    this.token = token;
    this.deadline = settings.deadline();
    this.clock = clock;
    this.queue = new ArrayBlockingQueue<>(settings.queueLimit());
    this.threads =
        IntStream.range(0, settings.sessions())
            .mapToObj(i ->
                Thread.ofPlatform()
                    .daemon()
                    .name("hsm-" + token.label() + "-" + i)
                    .unstarted(new Lane()))
            .toList();
    threads.forEach(Thread::start);
  }

  /// Does work that may be done twice.
  <T> T call(Function<Session, T> work) {
    return await(new Job<>(work, 2, new CompletableFuture<>()));
  }

  /// Does work that must not be done twice.
  <T> T callOnce(Function<Session, T> work) {
    return await(new Job<>(work, 1, new CompletableFuture<>()));
  }

  /// A session gave a wrong answer: none that is open now is used again.
  void distrustSessions() {
    trust.incrementAndGet();
  }

  /// Closes the sessions and ends the threads.
  ///
  /// @return whether all threads came back from the library before the deadline; if not, it must
  ///   not be finalised
  boolean close() {
    closed = true;
    threads.forEach(Thread::interrupt);
    failTheQueue();
    long end = System.nanoTime() + deadline.toNanos();
    try {
      for (var thread : threads) {
        if (!thread.join(Duration.ofNanos(Math.max(0, end - System.nanoTime())))) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException inAHurry) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private <T> T await(Job<T> job) {
    if (closed) {
      throw refused("closed");
    }
    if (!queue.offer(job)) {
      throw refused("the queue for a session is full");
    }
    if (closed) {
      failTheQueue(); // nobody may be left to take it
    }
    try {
      return job.answer().get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      job.answer().cancel(false);
      queue.remove(job);
      throw refused("no answer within " + deadline);
    } catch (ExecutionException failed) {
      throw switch (failed.getCause()) {
        case HsmException known -> known.at("token " + token.label());
        case null, default ->
            HsmException.refused("token " + token.label() + ": unexpected failure", failed);
      };
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      job.answer().cancel(false);
      throw refused("interrupted while waiting");
    }
  }

  private void failTheQueue() {
    var left = new ArrayList<Job<?>>();
    queue.drainTo(left);
    left.forEach(job -> job.answer().completeExceptionally(HsmException.refused("closed")));
  }

  private HsmException refused(String why) {
    return HsmException.refused("token " + token.label() + ": " + why);
  }

  private final class Lane implements Runnable {

    private @Nullable Session session;
    private long trusted;

    @Override
    public void run() {
      try {
        while (!closed) {
          answer(queue.take());
        }
      } catch (InterruptedException closing) {
        // by close(), which is the only one to know these threads
      } finally {
        closeSession();
      }
    }

    private <T> void answer(Job<T> job) {
      if (job.answer().isDone()) {
        return; // the caller gave up
      }
      try {
        job.answer().complete(perform(job));
      } catch (RuntimeException | Error failed) {
        job.answer().completeExceptionally(failed);
      }
    }

    private <T> T perform(Job<T> job) {
      long generation = module.generation();
      try {
        return attempt(job);
      } catch (HsmException first) {
        if (!heal(first, generation) || job.attempts() == 1) {
          throw first;
        }
        return retry(job, first);
      }
    }

    private <T> T retry(Job<T> job, HsmException first) {
      long generation = module.generation();
      try {
        var result = attempt(job);
        module.works();
        return result;
      } catch (HsmException second) {
        if (second.fault() == Fault.SESSION || second.fault() == Fault.MODULE) {
          // A new session was not enough: the next caller finds a new generation.
          module.reinitialize(generation, clock.instant(), deadline);
        }
        second.addSuppressed(first);
        throw second;
      }
    }

    private <T> T attempt(Job<T> job) {
      return module.call(pkcs11 -> {
        try {
          return job.work().apply(openSession(pkcs11));
        } catch (RuntimeException | Error failed) {
          closeSession();
          throw failed;
        }
      });
    }

    private Session openSession(Pkcs11 pkcs11) {
      long generation = module.generation();
      if (session != null && (session.generation() != generation || trusted != trust.get())) {
        closeSession();
      }
      if (session == null) {
        trusted = trust.get();
        session = token.open(pkcs11, generation);
      }
      return session;
    }

    /// Whether it is worth trying again.
    private boolean heal(HsmException failure, long generation) {
      return switch (failure.fault()) {
        case CALLER, PIN -> false;
        case SESSION -> true; // it is closed, and the next attempt opens another
        case MODULE -> module.reinitialize(generation, clock.instant(), deadline);
      };
    }

    private void closeSession() {
      var open = session;
      session = null;
      if (open != null) {
        module.call(_ -> {
          if (open.generation() == module.generation()) {
            open.close();
          }
          return open;
        });
      }
    }
  }
}
