package dev.nameplate.ca.store;

/// What somebody wants of a plan.
public sealed interface PlanAct {

  String by();

  /// In one word.
  default String word() {
    return switch (this) {
      case Grant _ -> "grant";
      case Deny _ -> "deny";
      case Start _ -> "start";
      case Pause _ -> "pause";
      case Resume _ -> "resume";
      case Cancel _ -> "cancel";
      case Finish _ -> "finish";
    };
  }

  /// @param sha256 of the plan that was looked at
  record Grant(String sha256, String by) implements PlanAct {}

  /// @param sha256 of the plan that was looked at
  record Deny(String sha256, String reason, String by) implements PlanAct {}

  /// @param sha256 of the plan that is meant
  /// @param rate devices a second
  record Start(String sha256, int rate, String by) implements PlanAct {}

  record Pause(String by) implements PlanAct {}

  /// Goes on, also with the devices that could not be retired before.
  record Resume(String by) implements PlanAct {}

  record Cancel(String by) implements PlanAct {}

  /// Nothing is left to be done: asked by the job that does it.
  record Finish(String by) implements PlanAct {}
}
