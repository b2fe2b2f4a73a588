package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.server.admin.AdminApi;
import java.math.BigInteger;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeAlarmsTest {

  private static final IssuerId ISSUER = new IssuerId("ab".repeat(32));

  private final FakeClock clock = new FakeClock();
  private final List<AdminApi.Alarm> heard = new ArrayList<>();
  private boolean away;
  private final NodeAlarms alarms =
      new NodeAlarms(some -> {
        if (away) {
          throw new IssuingNodeException("away");
        }
        assertThat(some).hasSizeLessThanOrEqualTo(100);
        heard.addAll(some);
      });

  @Test
  void aMinutesAlarmsAreToldAsOneCount() {
    raise(3);

    assertThat(run()).isEqualTo("1 alarms told");
    assertThat(run()).isEqualTo("0 alarms told");

    assertThat(heard)
        .containsExactly(
            new AdminApi.Alarm(
                "ocsp never issued", clock.instant().truncatedTo(ChronoUnit.MINUTES), 3L));
  }

  @Test
  void whatTheIssuingNodeDidNotHearItIsToldLater() {
    away = true;
    raise(2);
    assertThatThrownBy(this::run).isInstanceOf(IssuingNodeException.class);
    clock.advance(Duration.ofMinutes(1));
    raise(5);
    assertThatThrownBy(this::run).isInstanceOf(IssuingNodeException.class);

    away = false;
    run();

    assertThat(heard).extracting(AdminApi.Alarm::count).containsExactly(2L, 5L);
  }

  @Test
  void ofMoreThanADayTheOldestIsDroppedAndThatIsTold() {
    away = true;
    for (int minute = 0; minute < 1443; minute++) {
      raise(minute + 1);
      assertThatThrownBy(this::run).isInstanceOf(IssuingNodeException.class);
      clock.advance(Duration.ofMinutes(1));
    }

    away = false;
    run();

    assertThat(heard).hasSize(1441);
    assertThat(heard.getFirst().count()).isEqualTo(4);
    assertThat(heard.getLast())
        .isEqualTo(
            new AdminApi.Alarm(
                "alarms dropped", clock.instant().truncatedTo(ChronoUnit.MINUTES), 3L));
  }

  private void raise(int times) {
    for (int i = 0; i < times; i++) {
      alarms.neverIssued(ISSUER, BigInteger.ONE);
    }
  }

  private String run() {
    return alarms.run(clock.instant());
  }
}
