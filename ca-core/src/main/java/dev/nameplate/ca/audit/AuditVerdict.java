package dev.nameplate.ca.audit;

/// What a check of the audit chains found.
public sealed interface AuditVerdict {

  /// Every row hangs on the one before, and is what the checkpoints say.
  record Intact(long rows, int chains) implements AuditVerdict {}

  /// The first row that does not, or is not, and what is wrong with it.
  record Broken(String chain, long sequence, String what) implements AuditVerdict {}

  /// The rows fit together, and this checkpoint is not what it should be.
  record BadCheckpoint(long number, String what) implements AuditVerdict {}
}
