package dev.nameplate.ca.store;

/// What became of the end of a retirement.
public sealed interface FinishOutcome {

  /// Why a receipt is not kept that tells of another wipe than the last one.
  String OTHER_WIPE = "other evidence of a wipe was recorded since it was signed: sign it anew";

  /// Committed: the device is RETIRED, and the receipt is kept.
  record Finished(StoredReceipt receipt) implements FinishOutcome {}

  /// There is a receipt; it stays, and the new one is not kept.
  record Already(StoredReceipt receipt) implements FinishOutcome {}

  /// Nothing changed.
  record Refused(String why) implements FinishOutcome {}
}
