package dev.nameplate.ca.store;

/// What became of an operator's yes or no.
public sealed interface DecideOutcome {

  /// Committed.
  record Decided(PendingRequest request) implements DecideOutcome {}

  /// It was decided so before. Nothing was changed.
  record Already(PendingRequest request) implements DecideOutcome {}

  /// It was decided otherwise, or ended. Nothing was changed.
  record TooLate(PendingRequest request) implements DecideOutcome {}

  record NotFound() implements DecideOutcome {}
}
