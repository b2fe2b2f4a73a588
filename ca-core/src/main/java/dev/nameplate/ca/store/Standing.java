package dev.nameplate.ca.store;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.Optional;

/// How an issued certificate stands now, and its owner: what whoever sees it in use has to know.
///
/// @param fingerprint SHA-256 of the whole certificate
/// @param epoch the identity of its owner for which it was issued
public record Standing(
    String fingerprint,
    IssuerId issuer,
    SerialNumber serial,
    int epoch,
    String label,
    Optional<Slot> slot,
    Instant notBefore,
    Instant notAfter,
    Optional<RevocationRecord> revocation,
    OwnerRecord owner) {

  public boolean isHeld() {
    return revocation.filter(why -> why.reason() == RevocationReason.CERTIFICATE_HOLD).isPresent();
  }

  /// Whether it may be relied on, and nobody has been seen to.
  public boolean awaitsConfirmation() {
    return revocation.isEmpty() && slot.equals(Optional.of(Slot.PENDING));
  }

  /// What is wrong with its being used at `at`. A hold is none: its device does not know of it.
  public Optional<Alarm> alarm(Instant at) {
    boolean revoked =
        !isHeld() && revocation.filter(why -> !at.isBefore(why.at())).isPresent();
    boolean retired = owner.retiredAt().filter(since -> !at.isBefore(since)).isPresent();
    return revoked || retired ? Optional.of(Alarm.TAKEN_BACK) : Optional.empty();
  }

  public boolean isDevices() {
    return owner.owner().kind() == OwnerKind.DEVICE;
  }
}
