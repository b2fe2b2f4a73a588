package dev.nameplate.ca.store;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/// Lets one node of many do a scheduled work. May be called from many threads at once.
public interface LeaseStore {

  /// Takes the lease on `job` until `now` plus `duration`, if it is free, run out or already held
  /// by this node. The number grows with each change of holder, so that work of an earlier holder
  /// can be fenced off.
  OptionalLong lease(String job, String node, Instant now, Duration duration);
}
