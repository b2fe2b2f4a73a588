package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// CRLs of a root that has no database.
@Tag("C13")
class OfflineCrlTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));
  private final SerialNumber issuing = pki.issuing().certificate().orElseThrow().serial();
  private final SerialNumber other = SerialNumber.ofHex("5a00112233445566778899aabbccddee");

  @Test
  void theFirstOneIsEmptyAndPassesTheGateOfTheServer() {
    var first = next(Optional.empty());

    assertThat(first.entries()).isExhausted();
    assertThat(new CrlImport(store, store, store, clock).publish(first, pki.root().id(), "ann"))
        .isInstanceOf(CrlImport.Outcome.Published.class);
    assertThat(store.latestCrl(pki.root().id(), CrlScope.AUTHORITIES)).isPresent();
  }

  @Test
  void nothingEverLeavesIt() {
    var first = next(Optional.empty(), revoked(other, RevocationReason.SUPERSEDED));
    clock.advance(Duration.ofDays(180));
    var second = next(Optional.of(first), revoked(issuing, RevocationReason.CA_COMPROMISE));
    clock.advance(Duration.ofDays(180));
    var third = next(Optional.of(second), revoked(other, RevocationReason.KEY_COMPROMISE));

    assertThat(third.number()).isGreaterThan(second.number());
    var entries = new ArrayList<Crl.Entry>();
    third.entries().forEachRemaining(entries::add);
    assertThat(entries)
        .extracting(Crl.Entry::serial)
        .containsExactlyInAnyOrder(issuing, other)
        .isSorted();
    assertThat(entries)
        .filteredOn(entry -> entry.serial().equals(other))
        .extracting(Crl.Entry::reason)
        .containsExactly(RevocationReason.SUPERSEDED.code());
  }

  @Test
  void twoInOneSecondHaveDifferentNumbers() {
    var first = next(Optional.empty());

    assertThat(next(Optional.of(first)).number()).isGreaterThan(first.number());
  }

  @Test
  void aClockThatRunsBehindIsNoticed() {
    var first = next(Optional.empty());
    var earlier = clock.instant().minusSeconds(60);

    assertThatThrownBy(() -> next(Optional.of(first), earlier))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the clock says " + earlier);
  }

  private Crl next(Optional<Crl> previous, RevokedEntry... revoked) {
    var now = clock.instant();
    return OfflineCrl.next(
        pki.root(), previous, List.of(revoked), now, now.plus(Duration.ofDays(190)));
  }

  private Crl next(Optional<Crl> previous, Instant now) {
    return OfflineCrl.next(pki.root(), previous, List.of(), now, now.plus(Duration.ofDays(190)));
  }

  private RevokedEntry revoked(SerialNumber serial, RevocationReason reason) {
    return new RevokedEntry(
        serial, new RevocationRecord(clock.instant(), reason, Optional.empty()));
  }
}
