package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;

/// What became of a registration.
public sealed interface RegisterOutcome {

  record Registered(OwnerRecord owner) implements RegisterOutcome {}

  /// The name, or one that differs in case only, belongs to somebody.
  record NameTaken(Owner by) implements RegisterOutcome {}

  /// The name belonged to an owner that was retired, and is kept for ever.
  record NameRetired(Owner by) implements RegisterOutcome {}

  /// The hardware serial belongs to somebody, or did.
  ///
  /// @param retired whether that one was taken back
  record HardwareSerialTaken(Owner by, boolean retired) implements RegisterOutcome {}
}
