package dev.nameplate.ca.job;

import java.time.Instant;

/// One piece of scheduled work. Running it twice, or on two nodes at once, does no harm.
public interface Job {

  /// By this the job is known in logs, metrics and leases: `crl-publication`.
  String name();

  /// Does what is due at `now`, and says in a few words what that was.
  ///
  /// @throws RuntimeException if something could not be done; what could be done is done, and the
  ///   next run tries the rest again
  String run(Instant now);
}
