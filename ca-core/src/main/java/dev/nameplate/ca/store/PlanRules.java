package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.store.RetirementPlan.Decision;
import dev.nameplate.ca.store.RetirementPlan.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What may be done with a plan, pure and once for all stores, which ask under the plan's lock.
/// Four eyes: whoever asked for a plan never approves it, and an approval is for the plan that the
/// approver has seen, for as long as the plan holds.
public final class PlanRules {

  /// Many small plans are one large one, if they are made within this.
  public static final Duration FOUR_EYES_WITHIN = Duration.ofDays(1);

  private PlanRules() {}

  /// Whether somebody else than the requester has to approve.
  ///
  /// @param unapproved see [RetirementStore#unapproved]
  public static boolean needsApproval(int devices, int unapproved, int fourEyesAbove) {
    return devices + unapproved > fourEyesAbove;
  }

  /// What is written down of a new plan.
  public static AuditEvent made(RetirementPlan plan) {
    return new AuditEvent.PlanMade(
        plan.id().value(),
        plan.sha256(),
        plan.devices(),
        plan.certificates(),
        plan.needsApproval(),
        plan.requester());
  }

  /// @param undone whether some of its devices could not be retired, and might be now
  public static PlanOutcome rule(RetirementPlan plan, PlanAct act, boolean undone, Instant now) {
    return switch (act) {
      case PlanAct.Grant(var sha256, var by) -> decide(plan, sha256, by, Optional.empty(), now);
      case PlanAct.Deny(var sha256, var reason, var by) ->
          decide(plan, sha256, by, Optional.of(reason), now);
      case PlanAct.Start(var sha256, var rate, var by) -> start(plan, sha256, rate, by, now);
      case PlanAct.Pause _ ->
          switch (plan.state()) {
            case RUNNING -> new PlanOutcome.Moved(plan.in(State.PAUSED));
            case PAUSED -> new PlanOutcome.Already(plan);
            case WAITING, READY, DONE, CANCELLED, DENIED -> state(plan, "nothing of it runs");
          };
      case PlanAct.Resume _ -> resume(plan, undone, now);
      case PlanAct.Cancel _ ->
          switch (plan.state()) {
            case WAITING, READY, RUNNING, PAUSED -> new PlanOutcome.Moved(plan.in(State.CANCELLED));
            case CANCELLED -> new PlanOutcome.Already(plan);
            case DONE, DENIED -> state(plan, "it has come to its end");
          };
      case PlanAct.Finish _ ->
          switch (plan.state()) {
            case RUNNING -> new PlanOutcome.Moved(plan.in(State.DONE));
            case DONE -> new PlanOutcome.Already(plan);
            case WAITING, READY, PAUSED, CANCELLED, DENIED -> state(plan, "nothing of it runs");
          };
    };
  }

  /// What is written down of an outcome; nothing if nothing changed and nothing was refused.
  public static Optional<AuditEvent> event(
      RetirementPlan before, PlanAct act, PlanOutcome outcome) {
    var id = before.id().value();
    return switch (outcome) {
      case PlanOutcome.Already _, PlanOutcome.NotFound _ -> Optional.empty();
      case PlanOutcome.Refused(_, var code, var detail) ->
          Optional.of(new AuditEvent.PlanRefused(id, act.word(), code + ": " + detail, act.by()));
      case PlanOutcome.Moved(var plan) ->
          Optional.of(
              switch (act) {
                case PlanAct.Grant _ -> new AuditEvent.PlanApproved(id, plan.sha256(), act.by());
                case PlanAct.Deny(_, var reason, _) ->
                    new AuditEvent.PlanDenied(id, plan.sha256(), reason, act.by());
                case PlanAct.Start _,
                    PlanAct.Pause _,
                    PlanAct.Resume _,
                    PlanAct.Cancel _,
                    PlanAct.Finish _ ->
                    new AuditEvent.PlanMoved(
                        id, before.state().name(), plan.state().name(), act.by());
              });
    };
  }

  /// @param denial why not, or nothing for a yes
  private static PlanOutcome decide(
      RetirementPlan plan, String sha256, String by, Optional<String> denial, Instant now) {
    // before anything else, so that nobody learns by trying what his own word would do
    if (plan.requester().equalsIgnoreCase(by)) {
      return new PlanOutcome.Refused(
          plan, "own_plan", by + " asked for this plan, and somebody else has to decide");
    }
    if (!plan.sha256().equals(sha256)) {
      return otherPlan(plan);
    }
    return switch (plan.state()) {
      case WAITING -> {
        if (plan.isOverAt(now)) {
          yield expired(plan);
        }
        yield new PlanOutcome.Moved(
            plan.decided(
                denial.isPresent() ? State.DENIED : State.READY, new Decision(now, by, denial)));
      }
      // an approval is given once: who gave it may say so again, and nobody can add another
      case READY, RUNNING, PAUSED, DONE -> {
        var same = plan.decision().filter(was -> was.by().equals(by)).isPresent();
        yield denial.isEmpty() && same
            ? new PlanOutcome.Already(plan)
            : state(plan, plan.needsApproval() ? "it was approved" : "it needs no approval");
      }
      case DENIED -> {
        var same = plan.decision().filter(was -> was.by().equals(by)).isPresent();
        yield denial.isPresent() && same
            ? new PlanOutcome.Already(plan)
            : state(plan, "it was denied; a new plan can be made");
      }
      case CANCELLED -> state(plan, "it was cancelled");
    };
  }

  private static PlanOutcome start(
      RetirementPlan plan, String sha256, int rate, String by, Instant now) {
    if (!plan.sha256().equals(sha256)) {
      return otherPlan(plan);
    }
    return switch (plan.state()) {
      case WAITING -> {
        if (plan.isOverAt(now)) {
          yield expired(plan);
        }
        yield new PlanOutcome.Refused(
            plan, "approval_pending", "somebody else than " + plan.requester() + " has to approve");
      }
      case READY ->
          plan.isOverAt(now) ? expired(plan) : new PlanOutcome.Moved(plan.started(rate, by));
      case RUNNING, DONE -> new PlanOutcome.Already(plan);
      case PAUSED -> state(plan, "it is paused; resume it");
      case CANCELLED -> state(plan, "it was cancelled");
      case DENIED -> state(plan, "it was denied");
    };
  }

  private static PlanOutcome resume(RetirementPlan plan, boolean undone, Instant now) {
    return switch (plan.state()) {
      case PAUSED ->
          plan.isOverAt(now) ? expired(plan) : new PlanOutcome.Moved(plan.in(State.RUNNING));
      case DONE -> {
        if (!undone) {
          yield new PlanOutcome.Already(plan);
        }
        yield plan.isOverAt(now) ? expired(plan) : new PlanOutcome.Moved(plan.in(State.RUNNING));
      }
      case RUNNING -> new PlanOutcome.Already(plan);
      case WAITING, READY -> state(plan, "it was not started");
      case CANCELLED -> state(plan, "it was cancelled; a new plan can be made");
      case DENIED -> state(plan, "it was denied");
    };
  }

  private static PlanOutcome otherPlan(RetirementPlan plan) {
    return new PlanOutcome.Refused(
        plan, "other_plan", "the SHA-256 given is not that of plan " + plan.id());
  }

  private static PlanOutcome expired(RetirementPlan plan) {
    return new PlanOutcome.Refused(
        plan, "plan_expired", "plan " + plan.id() + " was good until " + plan.expiresAt());
  }

  private static PlanOutcome state(RetirementPlan plan, String why) {
    return new PlanOutcome.Refused(plan, "plan_state", "plan " + plan.id() + ": " + why);
  }
}
