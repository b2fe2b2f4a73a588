package dev.nameplate.ca.audit;

/// What a check of the audit chains found.
public sealed interface AuditVerdict {

  /// Every row hangs on the one before.
  record Intact(long rows, int chains) implements AuditVerdict {}

  /// The first row that does not, and what is wrong with it.
  record Broken(String chain, long sequence, String what) implements AuditVerdict {}
}
