package dev.nameplate.ca.signing;

/// Whether a vault can sign now, and if not, why, in words for an operator.
public sealed interface VaultHealth {

  record Up() implements VaultHealth {}

  /// It signs, but will not for ever unless somebody acts.
  record Degraded(String reason) implements VaultHealth {}

  record Down(String reason) implements VaultHealth {}
}
