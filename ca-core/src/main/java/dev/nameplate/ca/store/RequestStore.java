package dev.nameplate.ca.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Remembers which requests wait for an operator, and what was decided. They get in by
/// [CertificateStore#reserve], and are ended there, by [OwnerStore#retire] and here. Every change
/// writes its audit event in the same transaction. A method that returns has committed; all may be
/// called from many threads at once, and throw [StoreException] if the store cannot do its work
/// now.
public interface RequestStore {

  /// Decides by [ApprovalRules#approve], under the owner's lock.
  ///
  /// @param life how long the client has to collect
  DecideOutcome approve(PendingRequest.Id id, Duration life, Instant now, String by);

  /// Decides by [ApprovalRules#deny], under the owner's lock.
  ///
  /// @param reason what the client is told
  /// @param life how long the denial is held against the same request
  DecideOutcome deny(PendingRequest.Id id, String reason, Duration life, Instant now, String by);

  /// An open request whose time is over becomes EXPIRED. False, and nothing changed, if it is not.
  boolean expire(PendingRequest.Id id, Instant now);

  Optional<PendingRequest> find(PendingRequest.Id id);

  List<PendingRequest> list(RequestQuery query);

  /// Open requests whose time is over, oldest first.
  List<PendingRequest> over(Instant now, int limit);

  /// How many nobody has decided yet.
  long countPending();
}
