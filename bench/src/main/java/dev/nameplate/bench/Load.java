package dev.nameplate.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/// Does one thing with each of many items, on several platform threads, and takes the time.
final class Load {

  /// What a worker does with one item; an exception ends the measurement.
  @FunctionalInterface
  interface Work<T> {
    void on(T item) throws Exception;
  }

  /// Makes the work of one worker, for example with a connection of its own.
  @FunctionalInterface
  interface Worker<T> {
    Work<T> start() throws Exception;
  }

  /// What a process has used until now.
  @FunctionalInterface
  interface Meter {
    Duration used() throws IOException;
  }

  private Load() {}

  /// Items per second over all workers together.
  static <T> double perSecond(int workers, List<T> items, Worker<T> worker) throws Exception {
    return measure(workers, items, worker, () -> Duration.ZERO).perSecond();
  }

  /// Over all workers together. The first fifth of the items is for warming up and does not count.
  ///
  /// @param cpu what the measured process has used until now
  static <T> Rate measure(int workers, List<T> items, Worker<T> worker, Meter cpu)
      throws Exception {
    int warm = items.size() / 5;
    var next = new AtomicInteger();
    var began = new AtomicReference<>(new Moment(System.nanoTime(), cpu.used()));
    var failures = new ConcurrentLinkedQueue<Exception>();
    var ended = new CountDownLatch(workers);
    for (int i = 0; i < workers; i++) {
      Thread.ofPlatform()
          .daemon()
          .name("load-" + i)
          .start(() -> {
            try {
              var work = worker.start();
              for (int n = next.getAndIncrement();
                  n < items.size() && failures.isEmpty();
                  n = next.getAndIncrement()) {
                if (n == warm) {
                  began.set(new Moment(System.nanoTime(), cpu.used()));
                }
                work.on(items.get(n));
              }
            } catch (Exception broken) {
              failures.add(broken);
            } finally {
              ended.countDown();
            }
          });
    }
    ended.await();
    if (!failures.isEmpty()) {
      throw failures.element();
    }
    return new Rate(
        items.size() - warm,
        Duration.ofNanos(System.nanoTime() - began.get().nanos()),
        cpu.used().minus(began.get().cpu()));
  }

  /// Sends `perSecond` items a second, each when its time has come, and takes how long each had to
  /// wait for its end from then on. The first fifth does not count.
  static <T> Latencies openLoop(int perSecond, int workers, List<T> items, Worker<T> worker)
      throws Exception {
    var latencies = new Latencies();
    int warm = items.size() / 5;
    var numbers = IntStream.range(0, items.size()).boxed().toList();
    long began = System.nanoTime();
    perSecond(
        workers,
        numbers,
        () -> {
          var work = worker.start();
          return number -> {
            long due = began + number * 1_000_000_000L / perSecond;
            LockSupport.parkNanos(due - System.nanoTime());
            work.on(items.get(number));
            if (number >= warm) {
              latencies.add(System.nanoTime() - due);
            }
          };
        });
    return latencies;
  }

  private record Moment(long nanos, Duration cpu) {}
}
