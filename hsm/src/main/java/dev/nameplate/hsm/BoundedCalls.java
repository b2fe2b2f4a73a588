package dev.nameplate.hsm;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Calls that may enter native code, made by a few platform threads: a native call pins a virtual
/// thread to its carrier and cannot be interrupted, so callers only wait here, with a deadline.
final class BoundedCalls {

  private final String token;
  private final Duration deadline;
  private final ThreadPoolExecutor threads;

  BoundedCalls(String token, int threads, int queueLimit, Duration deadline) {
    this.token = token;
    this.deadline = deadline;
    this.threads =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queueLimit),
            Thread.ofPlatform().daemon().name("jca-" + token + "-", 0).factory());
  }

  /// @throws HsmException if the call fails, is not answered in time, or finds no room
  <T> T call(Callable<T> work) {
    Future<T> answer;
    try {
      answer = threads.submit(work);
    } catch (RejectedExecutionException refused) {
      throw threads.isShutdown()
          ? failed(Fault.STOPPED, "closed", refused)
          : failed(Fault.BUSY, "the queue is full", refused);
    }
    try {
      return answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      answer.cancel(false);
      throw failed(Fault.STOPPED, "no answer within " + deadline, late);
    } catch (ExecutionException thrown) {
      throw thrown.getCause() instanceof HsmException known
          ? known.at("token " + token)
          : failed(Fault.CALLER, reason(thrown.getCause()), thrown);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      answer.cancel(false);
      throw failed(Fault.STOPPED, "interrupted while waiting", interrupted);
    }
  }

  /// Takes no more calls; those that wait are given up.
  ///
  /// @return whether all threads came back before the deadline
  boolean close() {
    threads.shutdownNow().forEach(waiting -> ((Future<?>) waiting).cancel(false));
    try {
      return threads.awaitTermination(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException inAHurry) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// What a failure and its causes say. Providers hide the CKR code in the last of them.
  static String reason(@Nullable Throwable failure) {
    var words = new StringBuilder();
    for (var each = failure; each != null; each = each.getCause()) {
      var said = each.getMessage() == null ? each.getClass().getSimpleName() : each.getMessage();
      if (words.indexOf(said) < 0) {
        words.append(words.isEmpty() ? "" : ": ").append(said);
      }
    }
    return words.toString();
  }

  private HsmException failed(Fault fault, String why, Exception cause) {
    return HsmException.of(fault, "token " + token + ": " + why, cause);
  }
}
