package dev.nameplate.ca.enrollment;

/// The stops of one enrollment, in their order; see `docs/issuance-cycle.md`.
public enum Stop {
  DECIDED,
  FILLED,
  LINTED,
  RESERVED,
  SIGNED,
  VERIFIED,
  COMPLETED
}
