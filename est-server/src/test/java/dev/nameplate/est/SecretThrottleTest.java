package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S7")
final class SecretThrottleTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final TestClock clock = new TestClock();
  private final SecretThrottle throttle = new SecretThrottle(clock, 10, MINUTE, 100);

  @Test
  void afterTenWrongSecretsInAMinuteNoMoreAreLookedAtForAMinute() {
    fail(9);
    assertThat(throttle.wait("pump", "10.0.0.1")).isEmpty();

    clock.advance(Duration.ofSeconds(20));
    fail(1);

    assertThat(throttle.wait("pump", "10.0.0.1")).contains(MINUTE);
    clock.advance(MINUTE);
    assertThat(throttle.wait("pump", "10.0.0.1")).isEmpty();
  }

  @Test
  void slowGuessesNeverAddUp() {
    for (int i = 0; i < 50; i++) {
      fail(1);
      clock.advance(Duration.ofSeconds(10));
    }

    assertThat(throttle.wait("pump", "10.0.0.1")).isEmpty();
  }

  @Test
  void whoeverGoesOnWaitsTwiceAsLongEachTimeAndNeverLongerThanAQuarterOfAnHour() {
    for (int minutes : new int[] {1, 2, 4, 8, 15, 15}) {
      fail(10);
      assertThat(throttle.wait("pump", "10.0.0.1")).contains(Duration.ofMinutes(minutes));
      clock.advance(Duration.ofMinutes(minutes));
    }
  }

  @Test
  void aQuietQuarterOfAnHourIsForgiven() {
    fail(10);
    clock.advance(Duration.ofMinutes(16));

    fail(10);

    assertThat(throttle.wait("pump", "10.0.0.1")).contains(MINUTE);
  }

  @Test
  void guessingElsewhereLocksNobodyOut() {
    fail(10);

    assertThat(throttle.wait("pump", "10.0.0.2")).isEmpty();
    assertThat(throttle.wait("valve", "10.0.0.1")).isEmpty();
  }

  @Test
  void oneAddressThatGuessesAtManyNamesIsSlowedDownForAllOfThem() {
    for (int i = 0; i < 50; i++) {
      throttle.failed("pump-" + i, "10.0.0.1");
    }

    assertThat(throttle.wait("another", "10.0.0.1")).contains(MINUTE);
    assertThat(throttle.wait("another", "10.0.0.2")).isEmpty();
  }

  @Test
  void manyAddressesThatGuessAtOneNameGetOneTryEachAndTheDeviceItselfStillGetsIn() {
    for (int i = 0; i < 50; i++) {
      throttle.failed("pump", "10.0.1." + i);
    }

    assertThat(throttle.wait("pump", "10.0.1.7")).contains(MINUTE);
    assertThat(throttle.wait("pump", "10.0.0.1")).isEmpty();
    assertThat(throttle.wait("valve", "10.0.1.7")).isEmpty();

    // and it is a try: an address that failed waits with the others
    throttle.failed("pump", "10.0.0.1");
    assertThat(throttle.wait("pump", "10.0.0.1")).contains(MINUTE);
  }

  @Test
  void theCaseOfAUserNameGivesNoFreshAttempts() {
    fail(10);

    assertThat(throttle.wait("PUMP", "10.0.0.1")).isPresent();
  }

  @Test
  void theAddressesOfOneIpv6NetworkAreOneSource() {
    for (int i = 0; i < 10; i++) {
      throttle.failed("pump", "2001:db8:1:2::" + i);
    }

    assertThat(throttle.wait("pump", "2001:db8:1:2:ffff::1")).isPresent();
    assertThat(throttle.wait("pump", "2001:db8:1:3::1")).isEmpty();
  }

  @Test
  void itsMemoryIsBoundedAndForgetsTheOldestFirst() {
    fail(10);
    for (int i = 0; i < 100; i++) {
      throttle.failed("x".repeat(1000) + i, "10.0.0." + i);
    }
    for (int i = 0; i < 100; i++) {
      throttle.failed("y" + i, "10.0.1." + i);
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
