package dev.nameplate.ca.signing;

/// Whether a vault can sign now, and if not, why, in words for an operator.
public sealed interface VaultHealth {

  record Up() implements VaultHealth {}

  record Down(String reason) implements VaultHealth {}
}
