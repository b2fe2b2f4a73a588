package dev.nameplate.ca.revocation;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.ReleaseOutcome;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// Takes one certificate back, for good or on hold. Once it returns, OCSP says so, and the next CRL
/// will. What may become what is in [dev.nameplate.ca.store.RevocationRules].
public final class Revocation {

  private final CertificateStore store;
  private final InstantSource clock;

  public Revocation(CertificateStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /// @param invalidityDate since when the key must be distrusted, where that is known
  /// @param by who decided it, for the audit log
  /// @throws IllegalArgumentException if the invalidity date lies in the future, or before 1970
  public RevokeOutcome revoke(
      IssuerId issuer,
      SerialNumber serial,
      RevocationReason reason,
      Optional<Instant> invalidityDate,
      String by) {
    var now = clock.instant();
    invalidityDate
        .filter(date -> date.isAfter(now) || date.isBefore(Instant.EPOCH))
        .ifPresent(date -> {
          throw new IllegalArgumentException(
              "an invalidity date in the future, or before 1970: " + date);
        });
    return store.revoke(issuer, serial, reason, invalidityDate, now, by);
  }

  /// Makes a certificate that is on hold good again.
  ///
  /// @param by who decided it, for the audit log
  public ReleaseOutcome release(IssuerId issuer, SerialNumber serial, String by) {
    return store.release(issuer, serial, by);
  }
}
