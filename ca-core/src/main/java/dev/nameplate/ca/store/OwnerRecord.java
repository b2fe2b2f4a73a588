package dev.nameplate.ca.store;

import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerState;
import java.time.Instant;
import java.util.Optional;

/// What is remembered of an owner.
///
/// @param epoch 1 for the first identity; a repurposed device opens the next
/// @param label the profile it was registered for
/// @param attributes what is known of a device; nothing of other owners
/// @param registeredAt when it was registered for the first time
/// @param retiredAt when it was taken back in this epoch
public record OwnerRecord(
    Owner owner,
    int epoch,
    OwnerState state,
    String label,
    DeviceAttributes attributes,
    Instant registeredAt,
    Optional<Instant> retiredAt) {

  public OwnerRecord in(OwnerState next) {
    return new OwnerRecord(owner, epoch, next, label, attributes, registeredAt, retiredAt);
  }

  /// It is taken back.
  public OwnerRecord retired(OwnerState next, Instant at) {
    return new OwnerRecord(owner, epoch, next, label, attributes, registeredAt, Optional.of(at));
  }

  /// Its next epoch begins.
  public OwnerRecord reopened(OwnerState next, String nextLabel) {
    return new OwnerRecord(
        owner, epoch + 1, next, nextLabel, attributes, registeredAt, Optional.empty());
  }

  public OwnerRecord with(DeviceAttributes known) {
    return new OwnerRecord(owner, epoch, state, label, known, registeredAt, retiredAt);
  }
}
