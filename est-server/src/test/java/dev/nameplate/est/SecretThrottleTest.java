package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SecretThrottleTest {

  private final TestClock clock = new TestClock();
  private final SecretThrottle throttle = new SecretThrottle(clock, 10, Duration.ofMinutes(1), 100);

  @Test
  void a11AfterTenWrongSecretsInAMinuteNoMoreAreLookedAt() {
    fail(9);
    assertThat(throttle.wait("pump", "10.0.0.1")).isEmpty();

    clock.advance(Duration.ofSeconds(20));
    fail(1);

    assertThat(throttle.wait("pump", "10.0.0.1")).contains(Duration.ofSeconds(40));
  }

  @Test
  void theMinuteBeginsWithTheFirstWrongSecretAndEnds() {
    fail(10);
    clock.advance(Duration.ofSeconds(60));

    assertThat(throttle.wait("pump", "10.0.0.1")).isEmpty();
    assertThat(throttle.size()).isZero();
  }

  @Test
  void guessingElsewhereLocksNobodyOut() {
    fail(10);

    assertThat(throttle.wait("pump", "10.0.0.2")).isEmpty();
    assertThat(throttle.wait("valve", "10.0.0.1")).isEmpty();
  }

  @Test
  void theCaseOfAUserNameGivesNoFreshAttempts() {
    fail(10);

    assertThat(throttle.wait("PUMP", "10.0.0.1")).isPresent();
  }

  @Test
  void itsMemoryIsBoundedAndForgetsTheOldestFirst() {
    fail(10);
    for (int i = 0; i < 100; i++) {
      throttle.failed("x".repeat(1000) + i, "10.0.0." + i);
    }

    assertThat(throttle.size()).isEqualTo(100);
    assertThat(throttle.wait("pump", "10.0.0.1")).isEmpty();
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      throttle.failed("pump", "10.0.0.1");
    }
  }
}
