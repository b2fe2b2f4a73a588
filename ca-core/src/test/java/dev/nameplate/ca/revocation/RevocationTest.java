package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RevocationTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));
  private final Revocation revocation = new Revocation(store, clock);
  private final SerialNumber pump = pki.enrolled(FakeDevice.named("pump-1")).serial();

  @Test
  void aRevokedCertificateIsRevokedAtOnceAndOnTheNextCrl() throws Exception {
    var publication =
        new CrlPublication(
            store, store, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, CrlListener.NONE);
    publication.publishIfDue(pki.issuing());
    clock.advance(Duration.ofMinutes(1));

    assertThat(revoke(pump, RevocationReason.KEY_COMPROMISE, Optional.empty()))
        .isInstanceOf(RevokeOutcome.Revoked.class);

    assertThat(store.status(pki.issuing().id(), pump))
        .isInstanceOfSatisfying(
            CertificateStatus.Revoked.class,
            revoked -> {
              assertThat(revoked.at()).isEqualTo(clock.instant());
              assertThat(revoked.reason()).isEqualTo(RevocationReason.KEY_COMPROMISE);
            });
    var crl = publication.publishIfDue(pki.issuing()).orElseThrow();
    assertThat(Crl.parse(crl.der().toByteArray()).serials()).toIterable().containsExactly(pump);
  }

  @Test
  void whatWasRevokedFirstStays() {
    revoke(pump, RevocationReason.SUPERSEDED, Optional.empty());
    clock.advance(Duration.ofHours(1));

    assertThat(revoke(pump, RevocationReason.AFFILIATION_CHANGED, Optional.empty()))
        .isInstanceOfSatisfying(
            RevokeOutcome.Refused.class,
            refused ->
                assertThat(refused.record().revocation().orElseThrow().reason())
                    .isEqualTo(RevocationReason.SUPERSEDED));
  }

  @Test
  void aSerialThatWasNeverIssuedIsNotFound() {
    var never = new SerialNumber(BigInteger.TEN);

    assertThat(revoke(never, RevocationReason.SUPERSEDED, Optional.empty()))
        .isInstanceOf(RevokeOutcome.NotFound.class);
  }

  @Test
  void anInvalidityDateLiesInThePast() {
    var before = clock.instant().minus(Duration.ofDays(3));
    var after = clock.instant().plusSeconds(1);

    assertThatThrownBy(() -> revoke(pump, RevocationReason.KEY_COMPROMISE, Optional.of(after)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("in the future");
    revoke(pump, RevocationReason.KEY_COMPROMISE, Optional.of(before));
    assertThat(
            store
                .find(pki.issuing().id(), pump)
                .orElseThrow()
                .revocation()
                .orElseThrow()
                .invalidityDate())
        .contains(before);
  }

  private RevokeOutcome revoke(
      SerialNumber serial, RevocationReason reason, Optional<Instant> invalidityDate) {
    return revocation.revoke(pki.issuing().id(), serial, reason, invalidityDate, "test");
  }
}
