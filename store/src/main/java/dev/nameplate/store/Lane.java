package dev.nameplate.store;

/// The order in which waiting changes are taken into a group.
enum Lane {
  REVOKE,
  ISSUE,
  BULK,
  REFUSAL
}
