package dev.nameplate.ca.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A device of a plan, and what became of it.
///
/// @param result there unless it is PENDING
/// @param seenAt when all its certificates had been seen revoked, by OCSP and CRL
public record PlanItem(
    RetirementPlan.Id plan,
    PlannedDevice device,
    State state,
    Optional<Result> result,
    Optional<Instant> seenAt) {

  public enum State {
    PENDING,
    /// Retired by this plan.
    DONE,
    /// It was retired before.
    ALREADY,
    /// It was not retired, and the result says why.
    FAILED
  }

  /// @param revoked how many certificates
  /// @param abandoned how many reservations
  /// @param burned how many secrets
  /// @param unplanned serials of certificates that were revoked, and were not in the plan: they
  ///   came after it
  /// @param detail why not, or nothing
  public record Result(
      Instant at, int revoked, int abandoned, int burned, List<String> unplanned, String detail) {

    /// Nothing was done.
    public static Result none(Instant at, String detail) {
      return new Result(at, 0, 0, 0, List.of(), detail);
    }
  }

  public PlanItem {
    if ((state == State.PENDING) != result.isEmpty()) {
      throw new IllegalArgumentException(device.owner() + " is " + state + " and its result");
    }
  }

  PlanItem with(State next, Result how) {
    return new PlanItem(plan, device, next, Optional.of(how), seenAt);
  }

  /// What a retirement makes of it.
  ///
  /// @param now when
  public PlanItem after(RetireOutcome outcome, Instant now) {
    return switch (outcome) {
      case RetireOutcome.Retired(_, var revoked, var abandoned, var burned) ->
          with(
              State.DONE,
              new Result(
                  now,
                  revoked.size(),
                  abandoned,
                  burned,
                  revoked.stream()
                      .map(CertificateRecord::serial)
                      .filter(serial -> !device.names(serial))
                      .map(Object::toString)
                      .toList(),
                  ""));
      case RetireOutcome.AlreadyRetired _ ->
          with(State.ALREADY, Result.none(now, "it was retired before"));
      case RetireOutcome.Refused(var owner) ->
          with(State.FAILED, Result.none(now, "it is " + owner.state().word()));
      case RetireOutcome.NotFound _ -> with(State.FAILED, Result.none(now, "it is not there"));
    };
  }

  /// It cannot be retired by this plan.
  public PlanItem failed(String why, Instant now) {
    return with(State.FAILED, Result.none(now, why));
  }
}
