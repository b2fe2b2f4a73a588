package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.KeyFingerprint;

/// What became of a device that somebody else looked after before.
public sealed interface ReceiveOutcome {

  /// It is registered, and its old keys are buried.
  record Received(OwnerRecord owner) implements ReceiveOutcome {}

  /// Its name or its hardware serial is somebody's here; nothing was changed.
  record NotRegistered(RegisterOutcome why) implements ReceiveOutcome {}

  /// One of its old keys is, or was, somebody's here; nothing was changed.
  record KeyTaken(KeyFingerprint key, Owner by) implements ReceiveOutcome {}
}
