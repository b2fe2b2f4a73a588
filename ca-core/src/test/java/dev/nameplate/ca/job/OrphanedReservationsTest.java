package dev.nameplate.ca.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.enrollment.Stop;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OrphanedReservationsTest {

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store),
          TestHierarchy.URLS,
          clock,
          new Random(1),
          (stop, _) -> crash(stop));
  private final OrphanedReservations job = new OrphanedReservations(store, PATIENCE);
  private final FakeDevice pump = FakeDevice.named("pump-1");
  private boolean crashing;

  @Test
  void aReservationThatACrashLeftBehindIsGivenUpAfterAWhile() {
    leaveAReservationBehind();

    clock.advance(PATIENCE);
    assertThat(job.run(clock.instant())).isEqualTo("0 reservations abandoned");
    assertThat(reservation().state()).isEqualTo(CertificateState.RESERVED);

    clock.advance(Duration.ofSeconds(1));
    assertThat(job.run(clock.instant())).isEqualTo("1 reservations abandoned");
    assertThat(reservation().state()).isEqualTo(CertificateState.ABANDONED);
    assertThat(job.run(clock.instant())).isEqualTo("0 reservations abandoned");
  }

  @Test
  void whatIsGivenUpBelongsOnTheCrl() {
    leaveAReservationBehind();
    var before = store.crlState(pki.issuing().id(), pki.issuing().scope());
    clock.advance(PATIENCE.plusSeconds(1));
    job.run(clock.instant());

    var after = store.crlState(pki.issuing().id(), pki.issuing().scope());

    assertThat(after.changes()).isEqualTo(before.changes() + 1);
    assertThat(reservation().revocation()).isPresent();
  }

  @Test
  void aCertificateIsNoOrphan() {
    pki.enrolled(pump);
    clock.advance(Duration.ofDays(1));

    assertThat(job.run(clock.instant())).isEqualTo("0 reservations abandoned");
  }

  private void leaveAReservationBehind() {
    pki.register(pump);
    var request = pki.request(pump, pki.secretFor(pump, 1));
    crashing = true;
    assertThatThrownBy(() -> pki.enrollment().enroll(request)).hasMessage("crash");
  }

  private CertificateRecord reservation() {
    return store.list(CertificateQuery.ofOwner(pump.owner())).getFirst();
  }

  private void crash(Stop stop) {
    if (crashing && stop == Stop.RESERVED) {
      throw new IllegalStateException("crash");
    }
  }
}
