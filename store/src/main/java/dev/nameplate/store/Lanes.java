package dev.nameplate.store;

import dev.nameplate.ca.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What waits for the writer: one bounded queue for each lane.
final class Lanes {

  private static final int LONGEST = 2048;
  private static final int LARGEST_GROUP = 256;

  private final Map<Lane, ArrayDeque<Task<?>>> queues = new EnumMap<>(Lane.class);
  private boolean closed;

  Lanes() {
    for (var lane : Lane.values()) {
      queues.put(lane, new ArrayDeque<>());
    }
  }

  /// @throws StoreException if the lane is full or the store closed
  synchronized void add(Task<?> task) {
    if (closed) {
      throw new StoreException(task.what() + ": the store is closed; nothing was changed");
    }
    var queue = queue(task.lane());
    if (queue.size() >= LONGEST) {
      throw new StoreException(
          task.what() + ": " + LONGEST + " changes wait already; nothing was changed");
    }
    queue.add(task);
    notifyAll();
  }

  /// Takes a task back that nobody has begun.
  synchronized boolean remove(Task<?> task) {
    return queue(task.lane()).remove(task);
  }

  /// Waits for work, and takes all there is up to the size of a group, lane by lane. Empty when the
  /// store is closed and nothing is left.
  synchronized List<Task<?>> take() throws InterruptedException {
    while (!closed && queues.values().stream().allMatch(ArrayDeque::isEmpty)) {
      wait();
    }
    return drain(LARGEST_GROUP);
  }

  /// How many wait, in all lanes.
  synchronized int size() {
    return queues.values().stream().mapToInt(ArrayDeque::size).sum();
  }

  /// From now on nothing more is taken in.
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  synchronized List<Task<?>> drain(int limit) {
    var group = new ArrayList<Task<?>>();
    for (var queue : queues.values()) {
      while (group.size() < limit && !queue.isEmpty()) {
        group.add(queue.remove());
      }
    }
    return group;
  }

  private ArrayDeque<Task<?>> queue(Lane lane) {
    return Objects.requireNonNull(queues.get(lane));
  }
}
