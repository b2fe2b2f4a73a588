package dev.nameplate.ca.job;

import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import java.time.Duration;
import java.time.Instant;

/// Gives up reservations that never became a certificate: a crash, a token that went away. A
/// signature may exist all the same, so they count as revoked from then on.
public final class OrphanedReservations implements Job {

  private static final int AT_ONCE = 500;

  private final CertificateStore store;
  private final Duration patience;

  /// @param patience how old a reservation may become; longer than any signature can take
  public OrphanedReservations(CertificateStore store, Duration patience) {
    this.store = store;
    this.patience = patience;
  }

  @Override
  public String name() {
    return "orphaned-reservations";
  }

  @Override
  public String run(Instant now) {
    var before = now.minus(patience);
    int abandoned = 0;
    var orphans = store.reservedBefore(before, AT_ONCE);
    for (CertificateRecord orphan : orphans) {
      var why = "no certificate within " + patience;
      abandoned += store.abandon(orphan.issuer(), orphan.serial(), now, why) ? 1 : 0;
    }
    return abandoned + " reservations abandoned";
  }
}
