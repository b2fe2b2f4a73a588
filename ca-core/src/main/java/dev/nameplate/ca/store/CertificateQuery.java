package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.SerialNumber;
import java.util.Optional;

/// Which certificates are wanted, in order of serial.
///
/// @param after the serial of the last one of the page before
/// @param limit 1 to 1,000
/// @param within nothing, if all may be seen
public record CertificateQuery(
    Optional<Owner> owner,
    Optional<CertificateState> state,
    Optional<SerialNumber> after,
    int limit,
    Optional<Within> within) {

  public CertificateQuery(
      Optional<Owner> owner,
      Optional<CertificateState> state,
      Optional<SerialNumber> after,
      int limit) {
    this(owner, state, after, limit, Optional.empty());
  }

  public CertificateQuery {
    if (limit < 1 || limit > 1000) {
      throw new IllegalArgumentException("a limit of " + limit + "; 1 to 1000 are allowed");
    }
  }

  public static CertificateQuery ofOwner(Owner owner) {
    return new CertificateQuery(Optional.of(owner), Optional.empty(), Optional.empty(), 1000);
  }
}
