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
public record OwnerRecord(
    Owner owner,
    int epoch,
    OwnerState state,
    String label,
    DeviceAttributes attributes,
    Instant registeredAt,
    Optional<Instant> retiredAt) {}
