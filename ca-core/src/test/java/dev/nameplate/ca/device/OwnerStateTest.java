package dev.nameplate.ca.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OwnerStateTest {

  @Test
  void anOwnerMovesForwardOnly() {
    assertThat(OwnerState.REGISTERED.issued()).isEqualTo(OwnerState.ENROLLED);
    assertThat(OwnerState.ENROLLED.issued()).isEqualTo(OwnerState.ENROLLED);
    assertThat(OwnerState.ACTIVE.issued()).isEqualTo(OwnerState.ACTIVE);
    assertThat(OwnerState.REGISTERED.seen()).isEqualTo(OwnerState.ACTIVE);
    assertThat(OwnerState.ENROLLED.seen()).isEqualTo(OwnerState.ACTIVE);
    assertThat(OwnerState.ACTIVE.seen()).isEqualTo(OwnerState.ACTIVE);
  }

  @Test
  void aRetiredOwnerStaysRetiredAndIsIssuedNothing() {
    assertThat(OwnerState.RETIRED.mayEnroll()).isFalse();
    assertThat(OwnerState.RETIRED.seen()).isEqualTo(OwnerState.RETIRED);
    assertThatThrownBy(OwnerState.RETIRED::issued).isInstanceOf(IllegalStateException.class);
  }
}
