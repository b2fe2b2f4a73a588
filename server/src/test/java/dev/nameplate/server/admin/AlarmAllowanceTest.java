package dev.nameplate.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.FakeClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AlarmAllowanceTest {

  private final FakeClock clock = new FakeClock();
  private final AlarmAllowance allowance = new AlarmAllowance(clock);

  @Test
  void aNodeMayRaiseSoManyInAnHourAndThenHasToWaitForTheNext() {
    for (int i = 0; i < AlarmAllowance.MOST_AN_HOUR; i++) {
      assertThat(allowance.take("status-1")).isEmpty();
    }
    clock.advance(Duration.ofMinutes(20));

    assertThat(allowance.take("status-1")).contains(Duration.ofMinutes(40));
    assertThat(allowance.take("status-2")).as("another node").isEmpty();

    clock.advance(Duration.ofMinutes(40));
    assertThat(allowance.take("status-1")).isEmpty();
  }
}
