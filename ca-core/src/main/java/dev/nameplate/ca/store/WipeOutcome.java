package dev.nameplate.ca.store;

/// What became of wipe evidence.
public sealed interface WipeOutcome {

  record Recorded(WipeRecord record) implements WipeOutcome {}

  /// Nothing changed.
  record Refused(String why) implements WipeOutcome {}

  record NotFound() implements WipeOutcome {}
}
