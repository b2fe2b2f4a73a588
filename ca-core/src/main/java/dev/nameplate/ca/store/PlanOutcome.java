package dev.nameplate.ca.store;

/// What became of a [PlanAct].
public sealed interface PlanOutcome {

  /// Committed, with its audit event.
  record Moved(RetirementPlan plan) implements PlanOutcome {}

  /// It was so before, and nothing changed.
  record Already(RetirementPlan plan) implements PlanOutcome {}

  /// It may not be, which is written down.
  ///
  /// @param code in one word, for programs
  record Refused(RetirementPlan plan, String code, String detail) implements PlanOutcome {}

  record NotFound() implements PlanOutcome {}
}
