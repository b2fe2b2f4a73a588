package dev.nameplate.bench;

import java.time.Duration;

/// How often something was done, and what it cost.
///
/// @param cpu what the process that is measured used, of all processors together, without what the
///   JVM's compiler used
record Rate(long count, Duration elapsed, Duration cpu) {

  double perSecond() {
    return count / (elapsed.toNanos() / 1e9);
  }

  /// How often one processor that does nothing else could do it. It survives a machine that others
  /// use, too.
  double perCoreSecond() {
    return count / (cpu.toNanos() / 1e9);
  }

  /// In millionths of a second.
  double cpuMicros() {
    return cpu.toNanos() / 1e3 / count;
  }
}
