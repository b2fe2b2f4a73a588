package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.ChainHead;
import dev.nameplate.ca.audit.Checkpoint.CrlNumber;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Remembers the checkpoints of the audit log, as they were signed: whether they are what they
/// should be is for whoever reads them to find out. All methods may be called from many threads at
/// once, and throw [StoreException] if the store cannot do its work now.
public interface CheckpointStore {

  /// @param jws the signed checkpoint
  record Stored(long number, Instant at, String node, String jws) {}

  /// How the log stands, all of it at one moment.
  ///
  /// @param rows of all chains
  /// @param ends where every chain ends, those that are over, too
  /// @param open those on whose end no other chain hangs
  record LogState(long rows, List<ChainHead> ends, List<ChainHead> open, List<CrlNumber> crls) {}

  LogState logState();

  /// The one with the largest number.
  Optional<Stored> latestCheckpoint();

  /// Those with larger numbers, in order, the first `limit` of them.
  List<Stored> checkpointsAfter(long number, int limit);

  /// Records the next one, if `after` is the last number, 0 before the first. False, and nothing
  /// changed, if it is not: another node was faster.
  boolean addCheckpoint(Stored next, long after);
}
