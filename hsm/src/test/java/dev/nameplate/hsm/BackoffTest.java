package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static final RandomGenerator LONGEST = () -> -1L;
  private static final RandomGenerator SHORTEST = () -> 0L;

  private final Backoff backoff = new Backoff();

  @Test
  void thePauseDoublesUpToHalfAMinute() {
    assertThat(attempts(LONGEST))
        .containsExactly(
            0L, 100L, 300L, 700L, 1_500L, 3_100L, 6_300L, 12_700L, 25_500L, 51_100L, 81_100L,
            111_100L);
  }

  @Test
  void withBadLuckThePausesAreHalfAsLong() {
    assertThat(attempts(SHORTEST))
        .startsWith(0L, 50L, 150L, 350L, 750L)
        .endsWith(85_550L, 100_550L, 115_550L);
  }

  @Test
  void itSaysWhenTheNextAttemptMayBeMade() {
    assertThat(backoff.until(START)).isEmpty();

    backoff.attempt(START, SHORTEST);

    assertThat(backoff.until(START.plusMillis(49))).contains(START.plusMillis(50));
    assertThat(backoff.until(START.plusMillis(50))).isEmpty();
  }

  @Test
  void whatHelpedEndsThePause() {
    backoff.attempt(START, LONGEST);
    backoff.attempt(START.plusMillis(100), LONGEST);

    backoff.reset();

    assertThat(backoff.attempt(START.plusMillis(101), LONGEST)).isTrue();
  }

  @Test
  void thePauseBeginsWhenTheAttemptEnds() {
    backoff.attempt(START, SHORTEST);

    backoff.ended(START.plusSeconds(5));

    assertThat(backoff.until(START.plusSeconds(5))).contains(START.plusSeconds(5).plusMillis(50));
  }

  @Test
  void aClockThatIsSetBackDoesNotStopUs() {
    backoff.attempt(START, LONGEST);

    assertThat(backoff.attempt(START.minusSeconds(3600), LONGEST)).isTrue();
  }

  /// When attempts are made in two minutes, in milliseconds, if one is wanted all the time.
  private List<Long> attempts(RandomGenerator random) {
    var attempts = new ArrayList<Long>();
    for (var now = Duration.ZERO; now.toSeconds() < 120; now = now.plusMillis(50)) {
      if (backoff.attempt(START.plus(now), random)) {
        attempts.add(now.toMillis());
      }
    }
    return attempts;
  }
}
