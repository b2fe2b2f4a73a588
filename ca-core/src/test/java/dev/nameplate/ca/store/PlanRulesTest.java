package dev.nameplate.ca.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.store.RetirementPlan.Decision;
import dev.nameplate.ca.store.RetirementPlan.State;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The whole matrix of who does what to a plan in which state, with which hash, and when.
@Tag("threat-R15")
class PlanRulesTest {

  private static final Instant MADE = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant IN_TIME = MADE.plus(Duration.ofHours(1));
  private static final Instant TOO_LATE = MADE.plus(Duration.ofHours(24));
  private static final String HASH = "a".repeat(64);
  private static final String OTHER_HASH = "b".repeat(64);
  private static final String REQUESTER = "admin:alice";
  private static final String OFFICER = "admin:bob";
  private static final String OTHER_OFFICER = "admin:carol";

  @ParameterizedTest
  @EnumSource(State.class)
  void nobodyDecidesWhatTheyAskedForInAnyState(State state) {
    for (var hash : List.of(HASH, OTHER_HASH)) {
      for (var now : List.of(IN_TIME, TOO_LATE)) {
        for (var name : List.of(REQUESTER, "ADMIN:Alice")) {
          assertRefused(plan(state), new PlanAct.Grant(hash, name), now, "own_plan");
          assertRefused(plan(state), new PlanAct.Deny(hash, "no", name), now, "own_plan");
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(State.class)
  void aDecisionIsForThePlanThatWasLookedAtAndNoOther(State state) {
    assertRefused(plan(state), new PlanAct.Grant(OTHER_HASH, OFFICER), IN_TIME, "other_plan");
    assertRefused(plan(state), new PlanAct.Deny(OTHER_HASH, "no", OFFICER), IN_TIME, "other_plan");
    assertRefused(plan(state), new PlanAct.Start(OTHER_HASH, 20, REQUESTER), IN_TIME, "other_plan");
  }

  @Test
  void whatWaitsIsDecidedOnceByOneOtherInTime() {
    var waiting = plan(State.WAITING);
    var granted = moved(waiting, new PlanAct.Grant(HASH, OFFICER), IN_TIME);
    assertThat(granted.state()).isEqualTo(State.READY);
    assertThat(granted.decision()).contains(new Decision(IN_TIME, OFFICER, Optional.empty()));
    var denied = moved(waiting, new PlanAct.Deny(HASH, "wrong lot", OFFICER), IN_TIME);
    assertThat(denied.state()).isEqualTo(State.DENIED);
    assertRefused(waiting, new PlanAct.Grant(HASH, OFFICER), TOO_LATE, "plan_expired");
    assertRefused(waiting, new PlanAct.Deny(HASH, "no", OFFICER), TOO_LATE, "plan_expired");

    // replays: the same word of the same person changes nothing, another one is too late
    assertThat(PlanRules.rule(granted, new PlanAct.Grant(HASH, OFFICER), false, IN_TIME))
        .isInstanceOf(PlanOutcome.Already.class);
    assertRefused(granted, new PlanAct.Grant(HASH, OTHER_OFFICER), IN_TIME, "plan_state");
    assertRefused(granted, new PlanAct.Deny(HASH, "no", OTHER_OFFICER), IN_TIME, "plan_state");
    assertRefused(denied, new PlanAct.Grant(HASH, OFFICER), IN_TIME, "plan_state");
    assertThat(PlanRules.rule(denied, new PlanAct.Deny(HASH, "no", OFFICER), false, IN_TIME))
        .isInstanceOf(PlanOutcome.Already.class);
  }

  @Test
  void nothingStartsThatWaitsForApprovalOrIsOver() {
    var start = new PlanAct.Start(HASH, 20, REQUESTER);
    assertRefused(plan(State.WAITING), start, IN_TIME, "approval_pending");
    assertRefused(plan(State.WAITING), start, TOO_LATE, "plan_expired");
    assertRefused(plan(State.READY), start, TOO_LATE, "plan_expired");
    assertThat(moved(plan(State.READY), start, IN_TIME).state()).isEqualTo(State.RUNNING);
  }

  @Test
  void everyMoveThatTheTableDoesNotHaveIsRefusedAndChangesNothing() {
    var allowed = new ArrayList<String>();
    for (var state : State.values()) {
      for (var act :
          List.of(
              new PlanAct.Start(HASH, 20, REQUESTER),
              new PlanAct.Pause(REQUESTER),
              new PlanAct.Resume(REQUESTER),
              new PlanAct.Cancel(REQUESTER),
              new PlanAct.Finish("node:main"),
              new PlanAct.Grant(HASH, OFFICER),
              new PlanAct.Deny(HASH, "no", OFFICER))) {
        if (PlanRules.rule(plan(state), act, true, IN_TIME)
            instanceof PlanOutcome.Moved(var moved)) {
          allowed.add(state + " " + act.word() + " " + moved.state());
        }
      }
    }
    assertThat(allowed)
        .containsExactlyInAnyOrder(
            "WAITING grant READY",
            "WAITING deny DENIED",
            "WAITING cancel CANCELLED",
            "READY start RUNNING",
            "READY cancel CANCELLED",
            "RUNNING pause PAUSED",
            "RUNNING cancel CANCELLED",
            "RUNNING finish DONE",
            "PAUSED resume RUNNING",
            "PAUSED cancel CANCELLED",
            // the devices that could not be retired are tried again
            "DONE resume RUNNING");
  }

  @Test
  void whatRunsGoesOnToItsEndAndWhatIsPausedForTooLongDoesNot() {
    assertThat(moved(plan(State.RUNNING), new PlanAct.Finish("node:main"), TOO_LATE).state())
        .isEqualTo(State.DONE);
    assertRefused(plan(State.PAUSED), new PlanAct.Resume(REQUESTER), TOO_LATE, "plan_expired");
  }

  private static RetirementPlan moved(RetirementPlan plan, PlanAct act, Instant now) {
    var outcome = PlanRules.rule(plan, act, false, now);
    assertThat(outcome).isInstanceOf(PlanOutcome.Moved.class);
    assertThat(PlanRules.event(plan, act, outcome)).isPresent();
    return outcome instanceof PlanOutcome.Moved(var moved) ? moved : plan;
  }

  private static void assertRefused(RetirementPlan plan, PlanAct act, Instant now, String code) {
    var outcome = PlanRules.rule(plan, act, false, now);
    assertThat(outcome)
        .isInstanceOfSatisfying(
            PlanOutcome.Refused.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(code);
              assertThat(refused.plan()).isEqualTo(plan);
            });
    assertThat(PlanRules.event(plan, act, outcome))
        .hasValueSatisfying(
            event -> assertThat(event.getClass().getSimpleName()).isEqualTo("PlanRefused"));
  }

  private static RetirementPlan plan(State state) {
    var decided =
        switch (state) {
          case WAITING, CANCELLED -> Optional.<Decision>empty();
          case READY, RUNNING, PAUSED, DONE ->
              Optional.of(new Decision(MADE, OFFICER, Optional.empty()));
          case DENIED -> Optional.of(new Decision(MADE, OFFICER, Optional.of("no")));
        };
    return new RetirementPlan(
        new RetirementPlan.Id("00000000"),
        HASH,
        RevocationReason.CESSATION_OF_OPERATION,
        "",
        Optional.empty(),
        11,
        11,
        true,
        REQUESTER,
        MADE,
        MADE.plus(Duration.ofHours(24)),
        20,
        state,
        decided,
        Optional.empty());
  }
}
