package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.RotationPolicy;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.ca.x509.TbsCertificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The wish to sign exactly these bytes.
///
/// @param repeatable whether what was answered to the same request may be answered again; if not,
///   the secret that paid for the lost answer pays for the next one, too, for a while
/// @param signable whether the bytes could be signed now; if not, only what was answered before is
///   answered again
/// @param patience how long the same request is taken to be still at work, before its reservation
///   is given up for lost
/// @param rotation of the profile
/// @param approval there if it needs an operator's approval
public record Reservation(
    Requester requester,
    String label,
    String profileVersion,
    IssuerId issuer,
    CrlScope scope,
    TbsCertificate tbs,
    String sameness,
    boolean repeatable,
    boolean signable,
    Instant now,
    Duration patience,
    RotationPolicy rotation,
    Optional<ApprovalWish> approval) {

  /// One that needs no approval.
  public Reservation(
      Requester requester,
      String label,
      String profileVersion,
      IssuerId issuer,
      CrlScope scope,
      TbsCertificate tbs,
      String sameness,
      boolean repeatable,
      boolean signable,
      Instant now,
      Duration patience,
      RotationPolicy rotation) {
    this(
        requester,
        label,
        profileVersion,
        issuer,
        scope,
        tbs,
        sameness,
        repeatable,
        signable,
        now,
        patience,
        rotation,
        Optional.empty());
  }

  /// The serial of the certificate that was presented, and is to be replaced.
  public Optional<SerialNumber> replaces() {
    return requester.certificate().map(Certificate::serial);
  }

  /// Whether it depends on how many certificates its key had before.
  public boolean countsKeyUses() {
    return rotation.sameKeyRenewals() != RotationPolicy.UNLIMITED
        && requester.certificate().isPresent();
  }
}
