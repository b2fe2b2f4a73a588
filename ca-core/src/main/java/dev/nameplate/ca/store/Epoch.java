package dev.nameplate.ca.store;

import java.time.Instant;
import java.util.Optional;

/// One identity of an owner, from its registration to its end. Certificates hang under one.
///
/// @param number 1 for the first
/// @param label the profile that it was registered for
/// @param retiredAt when it was taken back
/// @param finishedAt when that was proven
public record Epoch(
    int number,
    String label,
    Instant openedAt,
    Optional<Instant> retiredAt,
    Optional<Instant> finishedAt) {}
