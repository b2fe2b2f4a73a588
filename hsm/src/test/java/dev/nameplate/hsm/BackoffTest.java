package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class BackoffTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Backoff backoff = new Backoff();

  @Test
  void thePauseDoublesUpToHalfAMinute() {
    var attempts = new ArrayList<Duration>();
    for (var now = Duration.ZERO; now.toSeconds() < 120; now = now.plusMillis(100)) {
      if (backoff.attempt(START.plus(now))) {
        attempts.add(now);
      }
    }

    assertThat(attempts)
        .extracting(Duration::toMillis)
        .containsExactly(
            0L, 100L, 300L, 700L, 1_500L, 3_100L, 6_300L, 12_700L, 25_500L, 51_100L, 81_100L,
            111_100L);
  }

  @Test
  void whatHelpedEndsThePause() {
    backoff.attempt(START);
    backoff.attempt(START.plusMillis(100));

    backoff.reset();

    assertThat(backoff.attempt(START.plusMillis(101))).isTrue();
  }

  @Test
  void aClockThatIsSetBackDoesNotStopUs() {
    backoff.attempt(START);

    assertThat(backoff.attempt(START.minusSeconds(3600))).isTrue();
  }
}
