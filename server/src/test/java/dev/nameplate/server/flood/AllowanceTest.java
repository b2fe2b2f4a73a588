package dev.nameplate.server.flood;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.FakeClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class AllowanceTest {

  private static final Source FACTORY = new Source("10.0.0.1");
  private static final Source OTHER = new Source("10.0.0.2");

  private final FakeClock clock = new FakeClock();
  private final Allowance allowance = new Allowance(clock, 6, 100);

  @Test
  void whoTookAllGetsNothingUntilSomeIsThereAgain() {
    for (int i = 0; i < 6; i++) {
      assertThat(allowance.wait(FACTORY)).isEmpty();
      assertThat(allowance.take(FACTORY)).isTrue();
    }
    assertThat(allowance.take(FACTORY)).isFalse();
    assertThat(allowance.wait(FACTORY)).contains(Duration.ofSeconds(10));
    assertThat(allowance.take(OTHER)).as("another").isTrue();

    clock.advance(Duration.ofSeconds(10));
    assertThat(allowance.take(FACTORY)).isTrue();
    assertThat(allowance.take(FACTORY)).isFalse();

    clock.advance(Duration.ofHours(1));
    for (int i = 0; i < 6; i++) {
      assertThat(allowance.take(FACTORY)).isTrue();
    }
    assertThat(allowance.take(FACTORY)).as("no more than a minute's").isFalse();
  }

  @Test
  void aClockThatIsPutBackTakesNothingAway() {
    assertThat(allowance.take(FACTORY)).isTrue();
    clock.advance(Duration.ofHours(-1));
    assertThat(allowance.take(FACTORY)).isTrue();
  }

  @Test
  void aMillionSourcesTakeTheRoomOfAHundred() {
    for (int i = 0; i < 1_000_000; i++) {
      allowance.take(new Source(Integer.toString(i)));
    }
    assertThat(allowance.size()).isEqualTo(100);
  }
}
