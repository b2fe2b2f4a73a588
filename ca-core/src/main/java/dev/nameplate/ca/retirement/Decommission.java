package dev.nameplate.ca.retirement;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.InstantSource;

/// Takes an owner back: afterwards every path refuses it, by name and by key.
public final class Decommission {

  private final OwnerStore owners;
  private final InstantSource clock;

  public Decommission(OwnerStore owners, InstantSource clock) {
    this.owners = owners;
    this.clock = clock;
  }

  /// Revokes every unexpired certificate, abandons reservations, burns secrets and sets tombstones,
  /// all in one transaction: if this throws, nothing of it was done.
  ///
  /// @param reason what its certificates are revoked as, also those that are on hold
  /// @param by who decided it, for the audit log
  /// @throws IllegalArgumentException if the reason is a hold: nobody retires for a while
  public RetireOutcome retire(Owner owner, RevocationReason reason, String by) {
    if (reason == RevocationReason.CERTIFICATE_HOLD) {
      throw new IllegalArgumentException("a retirement is for good, and not a hold");
    }
    return owners.retire(owner, reason, clock.instant(), by);
  }
}
