package dev.nameplate.ca.store;

import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.x509.Certificate;

/// What became of a reservation.
public sealed interface ReserveOutcome {

  /// Committed: the bytes may be signed.
  record Reserved() implements ReserveOutcome {}

  /// The same request was answered before, and this was the answer. Nothing was changed.
  record Answered(Certificate certificate) implements ReserveOutcome {}

  /// The same request is being answered right now. Nothing was changed.
  record InProgress() implements ReserveOutcome {}

  /// The bytes could not be signed now, so they were not recorded. Nothing was changed.
  record NotSignable() implements ReserveOutcome {}

  /// It waits for an operator: since now, or since the same request came before.
  record Queued(PendingRequest request) implements ReserveOutcome {}

  /// A rule says no. Nothing was changed.
  record Refused(Refusal refusal) implements ReserveOutcome {}
}
