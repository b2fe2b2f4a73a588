package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.KeyType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who runs the server hears of a CRL that ends long before it ends.
@Tag("C13")
@Tag("C07")
class CrlWatchTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final TestAuthority ca = TestAuthority.root("Test CA", KeyType.EC_P256, clock.instant());
  private final CrlWatch watch =
      new CrlWatch(store, () -> List.of(ca.authority(CrlScope.END_ENTITIES)), clock, meters);
  private final CrlPublication publication =
      new CrlPublication(store, store, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, watch);

  @ParameterizedTest
  @CsvSource({
    "0, FRESH",
    "11, FRESH",
    "12, HALF",
    "17, HALF",
    "18, QUARTER",
    "21, QUARTER",
    "22, TENTH",
    "24, OVER"
  })
  void theStagesAreHalfAQuarterAndATenthOfItsLife(long hours, CrlWatch.Stage stage) {
    var made = clock.instant();

    assertThat(
            CrlWatch.Stage.of(
                made, made.plus(Duration.ofHours(24)), made.plus(Duration.ofHours(hours))))
        .isEqualTo(stage);
  }

  @Test
  void aListThatIsNotRenewedIsAWarningUntilItIs() {
    publish();
    watch.run(clock.instant());
    assertThat(watch.warnings()).isEmpty();
    assertThat(left()).isEqualTo(24 * 3600);

    clock.advance(Duration.ofHours(13));
    watch.run(clock.instant());
    assertThat(watch.warnings().toString())
        .contains("crl end-entities of " + ca.id().hex().substring(0, 8), "was not renewed");
    assertThat(left()).isEqualTo(11 * 3600);

    publish();
    watch.run(clock.instant());
    assertThat(watch.warnings()).isEmpty();
  }

  @Test
  @Tag("C08")
  void aListThatWasRefusedIsAWarningUntilOneIsPublished() {
    watch.refused(ca.id(), CrlScope.END_ENTITIES, 1, "would lose the revocation of 07");
    watch.refused(ca.id(), CrlScope.END_ENTITIES, 1, "would lose the revocation of 07");

    assertThat(watch.warnings().toString()).contains("would lose the revocation of 07");
    assertThat(meters.get("nameplate.crl.refused").counter().count()).isEqualTo(2);

    publish();
    assertThat(watch.warnings()).isEmpty();
    assertThat(meters.get("nameplate.crl.publication").timer().count()).isEqualTo(1);
  }

  @Test
  @Tag("C08")
  @Tag("C15")
  void aRefusalIsOverWhenAnotherNodeHasPublished() {
    var another =
        new CrlPublication(
            store, store, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, CrlListener.NONE);
    assertThat(another.publishIfDue(ca.authority(CrlScope.END_ENTITIES))).isPresent();
    clock.advance(Duration.ofHours(1));
    long refused = clock.instant().getEpochSecond();
    watch.refused(ca.id(), CrlScope.END_ENTITIES, refused, "would lose the revocation of 07");
    watch.run(clock.instant());
    assertThat(watch.warnings()).isNotEmpty();

    assertThat(another.publishIfDue(ca.authority(CrlScope.END_ENTITIES))).isPresent();
    watch.run(clock.instant());

    assertThat(watch.warnings()).isEmpty();
  }

  @Test
  void anAuthorityThatHasEndedIsNoWarning() {
    var living = new ArrayList<>(List.of(ca.authority(CrlScope.END_ENTITIES)));
    var watching = new CrlWatch(store, () -> living, clock, meters);
    publish();
    clock.advance(Duration.ofHours(13));
    watching.run(clock.instant());
    assertThat(watching.warnings()).isNotEmpty();

    living.clear();
    watching.run(clock.instant());

    assertThat(watching.warnings()).isEmpty();
  }

  private double left() {
    return meters.get("nameplate.crl.seconds.to.next.update").gauge().value();
  }

  private void publish() {
    assertThat(publication.publishIfDue(ca.authority(CrlScope.END_ENTITIES))).isPresent();
  }
}
