package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/// What is remembered of one certificate, from its reservation on.
///
/// @param sameness what makes two requests the same request, see `IssuanceRequest.sameness`
/// @param credential what was shown to get it
/// @param tbs the bytes that were recorded before anything was signed
/// @param certificate there once it is ISSUED
/// @param slot whether it is its owner's pending or confirmed certificate of this label
/// @param replaces the serial of the certificate that was presented to get it
/// @param dueAt when a job has to look at it: a pending one is voided then unless it was seen in
///   use, one whose successor is in use is revoked as superseded
/// @param revocation there while it is on hold, once it is revoked, and always once it is ABANDONED
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
    Optional<Instant> dueAt,
    Optional<RevocationRecord> revocation) {

  public CertificateRecord {
    if ((state == CertificateState.ISSUED) != certificate.isPresent()) {
      throw new IllegalArgumentException("serial " + serial + ": " + state + " and its bytes");
    }
    if (switch (state) {
      case ABANDONED -> revocation.isEmpty();
      case RESERVED -> revocation.isPresent();
      case ISSUED -> false;
    }) {
      throw new IllegalArgumentException("serial " + serial + ": " + state + " and its revocation");
    }
    if (revocation.isPresent()) {
      boolean held = revocation.get().reason() == RevocationReason.CERTIFICATE_HOLD;
      if (held ? state != CertificateState.ISSUED : slot.isPresent() || dueAt.isPresent()) {
        throw new IllegalArgumentException(
            "serial " + serial + ": " + state + ", " + slot + " and " + revocation.get().reason());
      }
    }
  }

  /// Per owner, epoch and label there is at most one certificate in each slot.
  public enum Slot {
    /// Reserved or issued, and not yet seen in use.
    PENDING,
    /// Seen in use, and not yet superseded.
    CONFIRMED
  }

  /// What `reservation` records: RESERVED, in its owner's PENDING slot.
  public static CertificateRecord reserved(Reservation reservation) {
    var tbs = reservation.tbs();
    return new CertificateRecord(
        reservation.issuer(),
        tbs.serial(),
        reservation.requester().owner(),
        reservation.requester().epoch(),
        reservation.label(),
        reservation.profileVersion(),
        tbs.publicKey().fingerprint(),
        reservation.sameness(),
        reservation.requester().credential(),
        tbs.der(),
        Optional.empty(),
        CertificateState.RESERVED,
        Optional.of(Slot.PENDING),
        reservation.replaces(),
        reservation.scope(),
        tbs.notBefore(),
        tbs.notAfter(),
        reservation.now(),
        Optional.empty(),
        reservation.rotation().pendingCap().map(reservation.now()::plus),
        Optional.empty());
  }

  /// RESERVED becomes ISSUED, with these bytes.
  ///
  /// @throws IllegalArgumentException if other bytes were signed than were reserved
  public CertificateRecord issued(Certificate signed) {
    if (state != CertificateState.RESERVED) {
      throw new IllegalStateException("serial " + serial + " is " + state);
    }
    if (!signed.tbs().equals(tbs)) {
      throw new IllegalArgumentException(
          "serial " + serial + ": other bytes were signed than were reserved");
    }
    return with(Optional.of(signed), CertificateState.ISSUED, slot, confirmedAt, dueAt, revocation);
  }

  /// It was seen in use: PENDING becomes CONFIRMED.
  public CertificateRecord confirmed(Instant now) {
    return with(
        certificate,
        state,
        Optional.of(Slot.CONFIRMED),
        Optional.of(now),
        Optional.empty(),
        revocation);
  }

  /// Another took its slot; it stays valid until then, or without `due` until its notAfter.
  public CertificateRecord superseded(Optional<Instant> due) {
    return with(certificate, state, Optional.empty(), confirmedAt, due, revocation);
  }

  /// It was looked at, and stays as it is.
  public CertificateRecord kept() {
    return with(certificate, state, slot, confirmedAt, Optional.empty(), revocation);
  }

  /// It ends, and gives up its slot: what is RESERVED becomes ABANDONED. A hold does not end it,
  /// and leaves it where it is, so that nobody else takes its place as if it were free. If it was
  /// revoked before, the time of that stays, and what was known of its invalidity date.
  public CertificateRecord revoked(RevocationRecord why) {
    if (why.reason() == RevocationReason.CERTIFICATE_HOLD) {
      return with(certificate, state, slot, confirmedAt, dueAt, Optional.of(why));
    }
    var first = revocation.map(RevocationRecord::at).orElse(why.at());
    var invalidityDate =
        why.invalidityDate().or(() -> revocation.flatMap(RevocationRecord::invalidityDate));
    var ended =
        switch (state) {
          case RESERVED, ABANDONED -> CertificateState.ABANDONED;
          case ISSUED -> CertificateState.ISSUED;
        };
    return with(
        certificate,
        ended,
        Optional.empty(),
        confirmedAt,
        Optional.empty(),
        Optional.of(new RevocationRecord(first, why.reason(), invalidityDate)));
  }

  /// What is written down when [#revoked] makes this one end, or changes why it did.
  public AuditEvent revokedFor(RevocationReason reason, String by) {
    return revocation
        .<AuditEvent>map(before ->
            new AuditEvent.ReasonChanged(owner, issuer, serial, before.reason(), reason, by))
        .orElseGet(() -> new AuditEvent.Revoked(owner, issuer, serial, reason, by));
  }

  /// The hold is over: it is good again, and where it was.
  public CertificateRecord released() {
    if (!isHeld()) {
      throw new IllegalStateException("serial " + serial + " is not on hold");
    }
    return with(certificate, state, slot, confirmedAt, dueAt, Optional.empty());
  }

  /// Whether it is on hold: revoked, until it is released or revoked for good.
  public boolean isHeld() {
    return revocation.filter(why -> why.reason() == RevocationReason.CERTIFICATE_HOLD).isPresent();
  }

  /// Whether it was revoked or abandoned for good.
  public boolean isEnded() {
    return revocation.isPresent() && !isHeld();
  }

  /// Whether it is ISSUED, not revoked and not yet seen in use.
  public boolean awaitsConfirmation() {
    return state == CertificateState.ISSUED
        && revocation.isEmpty()
        && slot.equals(Optional.of(Slot.PENDING));
  }

  /// Whether a job has to look at it at `now`.
  public boolean isDueAt(Instant now) {
    return state == CertificateState.ISSUED
        && revocation.isEmpty()
        && dueAt.isPresent()
        && !now.isBefore(dueAt.get());
  }

  /// As what it is to be revoked when it is due. A pending one is voided only where the one before
  /// it is still good: else its owner would have none.
  ///
  /// @param confirmed what is in its owner's CONFIRMED slot of this epoch and label
  public Optional<RevocationReason> reasonToEnd(
      Optional<CertificateRecord> confirmed, Instant now) {
    if (slot.isEmpty()) {
      return Optional.of(RevocationReason.SUPERSEDED);
    }
    return awaitsConfirmation() && confirmed.filter(record -> record.isLiveAt(now)).isPresent()
        ? Optional.of(RevocationReason.CESSATION_OF_OPERATION)
        : Optional.empty();
  }

  /// Whether its notAfter has passed.
  public boolean isExpiredAt(Instant now) {
    return !now.isBefore(notAfter.plusSeconds(1));
  }

  /// Whether it is a certificate that may be relied on at `now`.
  public boolean isLiveAt(Instant now) {
    return state == CertificateState.ISSUED
        && revocation.isEmpty()
        && !now.isBefore(notBefore)
        && !isExpiredAt(now);
  }

  /// Whether it may be presented for its own renewal at `now`: live, or expired within `grace` and
  /// still the certificate that its owner goes by.
  public boolean isRenewableAt(Instant now, Duration grace) {
    return isLiveAt(now)
        || (state == CertificateState.ISSUED
            && revocation.isEmpty()
            && slot.isPresent()
            && !now.isBefore(notBefore)
            && now.isBefore(notAfter.plusSeconds(1).plus(grace)));
  }

  /// SHA-256 of the certificate of ours that was shown to get it: its owner's, or that of the
  /// station that asked.
  public Optional<String> shown() {
    return Stream.of(Requester.ByCertificate.SCHEME, Requester.ByStation.SCHEME)
        .filter(credential::startsWith)
        .map(scheme -> credential.substring(scheme.length()))
        .map(rest -> rest.indexOf('+') < 0 ? rest : rest.substring(0, rest.indexOf('+')))
        .findFirst();
  }

  /// Whether what was shown to get it, as it is now, is good no more: it was revoked since, and not
  /// by this reservation itself, which takes the place of a pending one that is renewed.
  public boolean isWithout(CertificateRecord shown) {
    return shown
        .revocation()
        .filter(end -> end.reason() != RevocationReason.SUPERSEDED || end.at().isAfter(reservedAt))
        .isPresent();
  }

  /// What OCSP says of it.
  public CertificateStatus status() {
    return revocation
        .<CertificateStatus>map(
            end -> new CertificateStatus.Revoked(end.at(), end.reason(), notAfter))
        .orElseGet(() ->
            switch (state) {
              case ISSUED -> new CertificateStatus.Good(notAfter);
              case RESERVED -> new CertificateStatus.Reserved();
              case ABANDONED -> throw new IllegalStateException("abandoned, and not revoked");
            });
  }

  private CertificateRecord with(
      Optional<Certificate> certificate,
      CertificateState state,
      Optional<Slot> slot,
      Optional<Instant> confirmedAt,
      Optional<Instant> dueAt,
      Optional<RevocationRecord> revocation) {
    return new CertificateRecord(
        issuer,
        serial,
        owner,
        epoch,
        label,
        profileVersion,
        key,
        sameness,
        credential,
        tbs,
        certificate,
        state,
        slot,
        replaces,
        scope,
        notBefore,
        notAfter,
        reservedAt,
        confirmedAt,
        dueAt,
        revocation);
  }
}
