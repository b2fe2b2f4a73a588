package dev.nameplate.ca.store;

/// What became of a signed certificate.
public sealed interface CompleteOutcome {

  /// Committed: it may leave.
  record Completed() implements CompleteOutcome {}

  /// In the meantime it was abandoned: its owner was retired, or another request took its place. It
  /// must not leave, and it counts as revoked.
  record Unwanted() implements CompleteOutcome {}
}
