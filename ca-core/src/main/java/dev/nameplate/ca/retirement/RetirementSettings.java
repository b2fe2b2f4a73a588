package dev.nameplate.ca.retirement;

import java.time.Duration;

/// How retirements are agreed upon.
///
/// @param fourEyesAbove so many devices may a requester's plans of a day retire without somebody
///   else's approval; see [dev.nameplate.ca.store.PlanRules#needsApproval]
/// @param planExpiry how long a plan can be approved, started and resumed
public record RetirementSettings(int fourEyesAbove, Duration planExpiry) {

  public RetirementSettings {
    if (fourEyesAbove < 0) {
      throw new IllegalArgumentException("four_eyes_above must be 0 or more");
    }
    if (planExpiry.compareTo(Duration.ofMinutes(1)) < 0) {
      throw new IllegalArgumentException("plan_expiry must be a minute or more");
    }
  }
}
