package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Remembers certificates, from the reservation of their bytes on. A method that returns has
/// committed, and committed means flushed to disk. All methods may be called from many threads at
/// once, and throw [StoreException] if the store cannot do its work now.
public interface CertificateStore extends StatusSource {

  /// Why a reservation is abandoned that cannot be completed any more.
  String CREDENTIAL_REVOKED = "the certificate that was shown for it was revoked in between";

  /// Transaction 1: decides by [ReservationRules] under locks, and if they say so records serial
  /// and bytes, takes the claims on the key, spends one use of the secret, and voids the pending
  /// certificate whose place is taken: one that is ISSUED is revoked as `superseded`, one that is
  /// RESERVED becomes ABANDONED (each with its own audit event). What needs an operator's approval
  /// and has none is queued instead; an approval that it has is used up with it.
  ReserveOutcome reserve(Reservation reservation, AuditEvent.Issuing why);

  /// Transaction 2: RESERVED becomes ISSUED, if it still is RESERVED. One for which a certificate
  /// of ours was shown, the owner's or a station's, becomes ABANDONED if that was revoked since.
  /// Completing once more with the same bytes is completing.
  ///
  /// @param confirmed whether it is in use from now on: so for our own certificates, whose
  ///   predecessors end as `supersede` says
  /// @throws IllegalArgumentException if these are not the bytes that were reserved
  CompleteOutcome complete(
      IssuerId issuer,
      Certificate certificate,
      boolean confirmed,
      Supersede supersede,
      AuditEvent.Issued why);

  /// RESERVED becomes ABANDONED, with an [AuditEvent.Abandoned] that says `why`. False if it was
  /// not RESERVED any more.
  boolean abandon(IssuerId issuer, SerialNumber serial, Instant now, String why);

  /// The certificate was seen in use: if it is pending it becomes confirmed, its owner ACTIVE, and
  /// the certificate that was confirmed before ends as `supersede` says: at once, or later, which
  /// is written down with an [AuditEvent.SupersessionDue]. True if that was so; false, and nothing
  /// changed, if it was confirmed before or is not ISSUED or is revoked.
  boolean confirm(
      IssuerId issuer,
      SerialNumber serial,
      Supersede supersede,
      Instant now,
      AuditEvent.Confirmed why);

  /// Revokes an ISSUED certificate, puts it on hold, or changes the reason, as [RevocationRules]
  /// say. What is RESERVED becomes ABANDONED, so that its certificate can never leave.
  RevokeOutcome revoke(
      IssuerId issuer,
      SerialNumber serial,
      RevocationReason reason,
      Optional<Instant> invalidityDate,
      Instant now,
      String by);

  /// Takes a certificate off hold, if [RevocationRules] say so; writes [AuditEvent.Released].
  ReleaseOutcome release(IssuerId issuer, SerialNumber serial, String by);

  /// Ends a certificate that is due, as [CertificateRecord#reasonToEnd] says. True if it was
  /// revoked; false if it is not due any more, or stays as it is.
  boolean endIfDue(IssuerId issuer, SerialNumber serial, Instant now);

  Optional<CertificateRecord> find(IssuerId issuer, SerialNumber serial);

  /// By SHA-256 of the whole certificate, in hex; only ISSUED ones have one.
  Optional<CertificateRecord> findByFingerprint(String certificateSha256);

  /// All with this serial, of whichever issuer.
  List<CertificateRecord> findBySerial(SerialNumber serial);

  List<CertificateRecord> list(CertificateQuery query);

  /// Reservations older than `before`, oldest first.
  List<CertificateRecord> reservedBefore(Instant before, int limit);

  /// Those that [#endIfDue] has to look at by `now`, in the order in which they became due.
  List<CertificateRecord> dueBy(Instant now, int limit);

  /// How many there are in each state; states without any may be absent. If there are very many it
  /// may be only about so many.
  Map<CertificateState, Long> countByState();
}
