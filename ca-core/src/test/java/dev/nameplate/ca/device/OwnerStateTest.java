package dev.nameplate.ca.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.device.OwnerState.Move;
import dev.nameplate.ca.device.OwnerState.Trigger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class OwnerStateTest {

  /// All that is legal, as the requirements have it.
  private static final List<String> LEGAL =
      List.of(
          "REGISTERED ISSUE ENROLLED",
          "REGISTERED RETIRE RETIRING",
          "REGISTERED CANCEL CANCELLED",
          "ENROLLED ISSUE ENROLLED",
          "ENROLLED SEE ACTIVE",
          "ENROLLED RETIRE RETIRING",
          "ACTIVE ISSUE ACTIVE",
          "ACTIVE SEE ACTIVE",
          "ACTIVE SUSPEND SUSPENDED",
          "ACTIVE RETIRE RETIRING",
          "SUSPENDED RESUME ACTIVE",
          "SUSPENDED RETIRE RETIRING",
          "RETIRING FINISH RETIRED",
          "RETIRED REPURPOSE REGISTERED",
          "RETIRED PURGE PURGED");

  @Test
  @Tag("LIFE")
  void theTableMovesWhatIsLegalAndRefusesAllElse() {
    var moves = new ArrayList<String>();
    for (var state : OwnerState.values()) {
      for (var trigger : Trigger.values()) {
        switch (state.on(trigger)) {
          case Move.To(var to) -> moves.add(state + " " + trigger + " " + to);
          case Move.Refused(var from, var asked) -> {
            assertThat(from).isEqualTo(state);
            assertThat(asked).isEqualTo(trigger);
          }
        }
      }
    }

    assertThat(moves).containsExactlyInAnyOrderElementsOf(LEGAL);
  }

  @Test
  void onlyADeviceWaitsUntilItsRetirementIsProven() {
    assertThat(OwnerState.ACTIVE.retire(OwnerKind.DEVICE))
        .isEqualTo(new Move.To(OwnerState.RETIRING));
    assertThat(
            Arrays.stream(OwnerKind.values())
                .filter(kind -> kind != OwnerKind.DEVICE)
                .map(OwnerState.ACTIVE::retire))
        .containsOnly(new Move.To(OwnerState.RETIRED));
    assertThat(OwnerState.RETIRED.retire(OwnerKind.STATION))
        .isEqualTo(new Move.Refused(OwnerState.RETIRED, Trigger.RETIRE));
  }

  @Test
  void whoeverWasTakenBackIsIssuedNothing() {
    assertThat(Arrays.stream(OwnerState.values()).filter(OwnerState::mayEnroll))
        .containsExactly(OwnerState.REGISTERED, OwnerState.ENROLLED, OwnerState.ACTIVE);
    assertThat(Arrays.stream(OwnerState.values()).filter(OwnerState::isTakenBack))
        .containsExactly(OwnerState.RETIRING, OwnerState.RETIRED, OwnerState.PURGED);
    assertThatThrownBy(OwnerState.RETIRING::issued).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(OwnerState.SUSPENDED::issuedAndSeen)
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aCertificateThatIsSeenAtOnceMakesItsOwnerActive() {
    assertThat(OwnerState.REGISTERED.issuedAndSeen()).isEqualTo(OwnerState.ACTIVE);
    assertThat(OwnerState.ACTIVE.issuedAndSeen()).isEqualTo(OwnerState.ACTIVE);
  }
}
