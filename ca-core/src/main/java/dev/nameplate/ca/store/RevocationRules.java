package dev.nameplate.ca.store;

import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.store.Situation.Claim;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// Which changes of a certificate's revocation are legal: decided here once, for all stores.
///
/// | from | to |
/// |---|---|
/// | good | every reason |
/// | certificateHold | good again, or every other reason |
/// | a reason that is no compromise | keyCompromise |
///
/// A hold is the only revocation that can be undone. The time of the first revocation stays,
/// whatever the reason becomes: from then on nobody should have relied on the certificate.
public final class RevocationRules {

  /// What becomes of a wish to revoke.
  public sealed interface Ruling {

    /// Nothing is changed.
    record Answer(RevokeOutcome outcome) implements Ruling {}

    /// It is revoked so, by [CertificateRecord#revoked].
    record Revoke(RevocationRecord why) implements Ruling {}
  }

  private RevocationRules() {}

  /// @param invalidityDate since when the key must be distrusted, where that is known now
  public static Ruling revoke(
      CertificateRecord record,
      RevocationReason reason,
      Optional<Instant> invalidityDate,
      Instant now) {
    if (reason == RevocationReason.CERTIFICATE_HOLD && record.state() != CertificateState.ISSUED) {
      return refuse(record, record.serial() + " was never issued: it can be revoked, not held");
    }
    var wanted = new RevocationRecord(now, reason, invalidityDate);
    if (record.revocation().isEmpty()) {
      return new Ruling.Revoke(wanted);
    }
    var before = record.revocation().get();
    if (before.reason() == reason) {
      return saysNothingNew(invalidityDate, before)
          ? new Ruling.Answer(new RevokeOutcome.AlreadyRevoked(record))
          : refuse(record, standing(record) + "; its invalidity date is not changed any more");
    }
    if (!isLegal(before.reason(), reason)) {
      return refuse(record, standing(record) + "; that stays, and is not changed to " + reason);
    }
    return new Ruling.Revoke(wanted);
  }

  /// To the second, as a CRL says it.
  private static boolean saysNothingNew(Optional<Instant> date, RevocationRecord before) {
    return date.isEmpty()
        || date.map(each -> each.truncatedTo(ChronoUnit.SECONDS))
            .equals(before.invalidityDate().map(each -> each.truncatedTo(ChronoUnit.SECONDS)));
  }

  /// Why a certificate is not released, as the outcome to answer with; empty if it is.
  ///
  /// @param owner the record of its owner
  /// @param key the claim on its public key
  public static Optional<ReleaseOutcome> whyNotReleased(
      CertificateRecord record, Optional<OwnerRecord> owner, Optional<Claim> key) {
    if (record.revocation().isEmpty()) {
      return Optional.of(
          record.state() == CertificateState.ISSUED
              ? new ReleaseOutcome.AlreadyGood(record)
              : new ReleaseOutcome.Refused(record, record.serial() + " was never issued"));
    }
    if (!record.isHeld()) {
      return refuseRelease(
          record, standing(record) + "; only a certificate on hold can be released");
    }
    if (owner
        .filter(known -> !known.state().isTakenBack())
        .filter(known -> known.epoch() == record.epoch())
        .isEmpty()) {
      return refuseRelease(record, standing(record) + ", and " + record.owner() + " was retired");
    }
    if (owner.filter(known -> known.state() == OwnerState.SUSPENDED).isPresent()) {
      return refuseRelease(
          record, standing(record) + ", and " + record.owner() + " is suspended: resume it");
    }
    return key.filter(claim -> !claim.tombstone()).isPresent()
        ? Optional.empty()
        : refuseRelease(
            record, standing(record) + ", and its key was given up since as compromised");
  }

  /// Whether what relying parties are shown is the revocation that is kept: for good, and for the
  /// same reason or for one that it was legally changed from. A hold proves nothing.
  public static boolean proves(RevocationReason shown, RevocationReason kept) {
    return shown != RevocationReason.CERTIFICATE_HOLD && (shown == kept || isLegal(shown, kept));
  }

  private static boolean isLegal(RevocationReason from, RevocationReason to) {
    return switch (from) {
      case CERTIFICATE_HOLD -> true;
      case UNSPECIFIED,
          AFFILIATION_CHANGED,
          SUPERSEDED,
          CESSATION_OF_OPERATION,
          PRIVILEGE_WITHDRAWN ->
          to == RevocationReason.KEY_COMPROMISE;
      case KEY_COMPROMISE, CA_COMPROMISE, AA_COMPROMISE -> false;
    };
  }

  private static String standing(CertificateRecord record) {
    var before = record.revocation().orElseThrow();
    return record.isHeld()
        ? "%s is on hold since %s".formatted(record.serial(), before.at())
        : "%s was revoked at %s as %s".formatted(record.serial(), before.at(), before.reason());
  }

  private static Ruling refuse(CertificateRecord record, String detail) {
    return new Ruling.Answer(new RevokeOutcome.Refused(record, detail));
  }

  private static Optional<ReleaseOutcome> refuseRelease(CertificateRecord record, String detail) {
    return Optional.of(new ReleaseOutcome.Refused(record, detail));
  }
}
