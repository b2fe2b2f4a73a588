package dev.nameplate.est;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Feeds a reader with [Mutations] of what it reads. Input number `n` follows from `n` alone; one
/// that is taken badly fails the test with its number and its bytes.
///
/// A build tries the same inputs each time. With `-Dfuzz.seconds=600` each reader gets inputs for
/// so long, beginning with number `-Dfuzz.from=…`.
final class Fuzzing {

  private static final Logger LOG = LoggerFactory.getLogger("fuzz");

  /// Of processor time; a machine that is busy with something else is not our matter.
  private static final Duration LONGEST = Duration.ofSeconds(2);

  /// Whoever takes longer waits for something.
  private static final Duration HANG = Duration.ofSeconds(60);

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /// What reads.
  @FunctionalInterface
  interface Reader {
    void read(byte[] input) throws Exception;
  }

  private final String name;
  private final List<byte[]> seeds;

  /// @param seeds what the reader likes
  Fuzzing(String name, List<byte[]> seeds) {
    this.name = name;
    this.seeds = seeds;
  }

  /// @param inputs how many, unless a time is given
  /// @param refusals all that the reader may throw
  @SafeVarargs
  final void run(int inputs, Reader reader, Class<? extends Exception>... refusals) {
    var allowed = new ArrayList<Class<?>>();
    for (var refusal : refusals) {
      allowed.add(refusal);
    }
    var seconds = Long.getLong("fuzz.seconds", 0);
    long first = Long.getLong("fuzz.from", 0);
    long began = System.nanoTime();
    long tried = 0;
    long taken = 0;
    try (var thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory())) {
      while (seconds > 0
          ? System.nanoTime() - began < TimeUnit.SECONDS.toNanos(seconds)
          : tried < inputs) {
        long number = first + tried++;
        var input = input(number);
        var reading = thread.submit(() -> timed(reader, input));
        try {
          var took = reading.get(HANG.toSeconds(), TimeUnit.SECONDS);
          taken++;
          if (took.compareTo(LONGEST) > 0) {
            throw found(number, input, new AssertionError("took " + took));
          }
        } catch (ExecutionException thrown) {
          var cause = Objects.requireNonNull(thrown.getCause());
          if (allowed.stream().noneMatch(refusal -> refusal.isInstance(cause))) {
            throw found(number, input, cause);
          }
        } catch (TimeoutException hang) {
          thread.shutdownNow();
          throw found(number, input, hang);
        } catch (InterruptedException interrupted) {
          throw new IllegalStateException(interrupted);
        }
      }
    }
    double took = (System.nanoTime() - began) / 1e9;
    LOG.info(
        "{}: {} inputs from {}, {} taken, {} a second",
        name,
        tried,
        first,
        taken,
        Math.round(tried / took));
    if (taken == 0) {
      throw new AssertionError(name + ": none of the inputs was taken, so none got deep");
    }
  }

  private byte[] input(long number) {
    var random = new Random(number);
    // the first numbers of neighbouring seeds are alike
    random.nextLong();
    return new Mutations(random).of(seeds.get(random.nextInt(seeds.size())));
  }

  private static Duration timed(Reader reader, byte[] input) throws Exception {
    long began = THREADS.getCurrentThreadCpuTime();
    reader.read(input);
    return Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - began);
  }

  private AssertionError found(long number, byte[] input, Throwable cause) {
    return new AssertionError(
        name + ": input " + number + ", in base64: " + Base64.getEncoder().encodeToString(input),
        cause);
  }
}
