package dev.nameplate.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How long each of many took. Thread-safe.
final class Latencies {

  private final List<Long> nanos = Collections.synchronizedList(new ArrayList<>());

  void add(long tookNanos) {
    nanos.add(tookNanos);
  }

  int count() {
    return nanos.size();
  }

  /// The time within which this part of them was done.
  double millis(double part) {
    var sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    return sorted.get((int) Math.min(sorted.size() - 1L, (long) (part * sorted.size()))) / 1e6;
  }
}
