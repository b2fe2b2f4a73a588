package dev.nameplate.hsm;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/// Measures how fast a token signs through our lanes.
public final class SignatureBench {

  private static final byte[] DATA = new byte[64];

  private SignatureBench() {}

  /// What was measured.
  ///
  /// @param cpu what this process used meanwhile, of all processors together
  public record Result(long signatures, Duration elapsed, Duration cpu) {

    public double perSecond() {
      return signatures / (elapsed.toNanos() / 1e9);
    }

    public double cpuMicros() {
      return signatures == 0 ? 0 : cpu.toNanos() / 1e3 / signatures;
    }
  }

  /// Has callers sign for some time, after a quarter of it for warming up.
  ///
  /// @param sign makes one signature
  public static Result run(Runnable sign, int callers, Duration time) throws InterruptedException {
    once(sign, callers, time.dividedBy(4));
    return once(sign, callers, time);
  }

  /// A key whose signatures are asked for, and not kept.
  public static final class Key {

    private final TokenSigningKey key;

    Key(TokenSigningKey key) {
      this.key = key;
    }

    /// As the server signs: the signature is checked in software.
    public Runnable checked() {
      return () -> key.sign(DATA);
    }

    /// Only what the token does.
    public Runnable unchecked() {
      return () -> key.signUnchecked(DATA);
    }
  }

  private static Result once(Runnable sign, int callers, Duration time)
      throws InterruptedException {
    var signatures = new LongAdder();
    var failures = new ConcurrentLinkedQueue<RuntimeException>();
    var ended = new CountDownLatch(callers);
    var cpu = cpu();
    long began = System.nanoTime();
    long end = began + time.toNanos();
    IntStream.range(0, callers)
        .forEach(i ->
            Thread.ofPlatform()
                .daemon()
                .name("bench-" + i)
                .start(() -> {
                  try {
                    while (System.nanoTime() < end && failures.isEmpty()) {
                      sign.run();
                      signatures.increment();
                    }
                  } catch (RuntimeException failed) {
                    failures.add(failed);
                  } finally {
                    ended.countDown();
                  }
                }));
    ended.await();
    var elapsed = Duration.ofNanos(System.nanoTime() - began);
    if (!failures.isEmpty()) {
      throw failures.element();
    }
    return new Result(signatures.sum(), elapsed, cpu().minus(cpu));
  }

  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }
}
