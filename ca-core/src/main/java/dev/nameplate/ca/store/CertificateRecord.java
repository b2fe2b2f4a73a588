package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.Optional;

/// What is remembered of one certificate, from its reservation on.
///
/// @param sameness what makes two requests the same request, see `IssuanceRequest.sameness`
/// @param credential what was shown to get it
/// @param tbs the bytes that were recorded before anything was signed
/// @param certificate there once it is ISSUED
/// @param slot whether it is its owner's pending or confirmed certificate of this label
/// @param replaces the serial of the certificate that was presented to get it
public record CertificateRecord(
    IssuerId issuer,
    SerialNumber serial,
    Owner owner,
    int epoch,
    String label,
    String profileVersion,
    KeyFingerprint key,
    String sameness,
    String credential,
    Der tbs,
    Optional<Certificate> certificate,
    CertificateState state,
    Optional<Slot> slot,
    Optional<SerialNumber> replaces,
    CrlScope scope,
    Instant notBefore,
    Instant notAfter,
    Instant reservedAt,
    Optional<Instant> confirmedAt,
    Optional<RevocationRecord> revocation) {

  /// Per owner, epoch and label there is at most one certificate in each slot.
  public enum Slot {
    /// Reserved or issued, and not yet seen in use.
    PENDING,
    /// Seen in use, and not yet superseded.
    CONFIRMED
  }

  /// Whether it is a certificate that may be relied on at `now`.
  public boolean isLiveAt(Instant now) {
    return state == CertificateState.ISSUED
        && revocation.isEmpty()
        && !now.isBefore(notBefore)
        && now.isBefore(notAfter.plusSeconds(1));
  }
}
