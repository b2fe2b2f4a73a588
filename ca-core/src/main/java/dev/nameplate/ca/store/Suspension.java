package dev.nameplate.ca.store;

import java.time.Instant;
import java.util.Optional;

/// That an owner is on hold.
///
/// @param reason in words, for people
/// @param until when it is resumed without anybody asking; empty if somebody has to
public record Suspension(Instant since, Optional<Instant> until, String reason, String by) {

  /// @throws IllegalArgumentException if it ends before it begins
  public Suspension {
    until
        .filter(end -> !end.isAfter(since))
        .ifPresent(end -> {
          throw new IllegalArgumentException("a suspension until " + end + ", which has passed");
        });
  }
}
