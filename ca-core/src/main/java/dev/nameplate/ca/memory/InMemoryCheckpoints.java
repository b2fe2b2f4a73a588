package dev.nameplate.ca.memory;

import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.ChainHead;
import dev.nameplate.ca.store.CheckpointStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// The checkpoints of a log in a list.
public final class InMemoryCheckpoints implements CheckpointStore {

  private final AuditLog audit;
  private final List<Stored> checkpoints = new ArrayList<>();

  /// @param audit of one chain
  public InMemoryCheckpoints(AuditLog audit) {
    this.audit = audit;
  }

  @Override
  public LogState logState() {
    var heads = new TreeMap<String, ChainHead>();
    audit.rows(
        row -> heads.put(row.chain(), new ChainHead(row.chain(), row.sequence(), row.hash())));
    var ends = List.copyOf(heads.values());
    return new LogState(ends.stream().mapToLong(ChainHead::sequence).sum(), ends, ends, List.of());
  }

  @Override
  public synchronized Optional<Stored> latestCheckpoint() {
    return checkpoints.isEmpty() ? Optional.empty() : Optional.of(checkpoints.getLast());
  }

  @Override
  public synchronized List<Stored> checkpointsAfter(long number, int limit) {
    return checkpoints.stream().filter(each -> each.number() > number).limit(limit).toList();
  }

  @Override
  public synchronized boolean addCheckpoint(Stored next, long after) {
    if (latestCheckpoint().map(Stored::number).orElse(0L) != after || next.number() <= after) {
      return false;
    }
    return checkpoints.add(next);
  }
}
