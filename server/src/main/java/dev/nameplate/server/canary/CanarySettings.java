package dev.nameplate.server.canary;

import java.time.Duration;

/// How the service level is measured.
///
/// @param period from one canary to the next
/// @param limit after which a revocation should be seen everywhere
public record CanarySettings(Duration period, Duration limit) {

  public CanarySettings {
    if (!limit.isPositive() || period.compareTo(limit) <= 0) {
      throw new IllegalArgumentException("limit must be longer than nothing, and period longer");
    }
  }
}
