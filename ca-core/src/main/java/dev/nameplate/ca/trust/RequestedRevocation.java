package dev.nameplate.ca.trust;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Revocation that no operator asks for: by the owner of the certificate, or by a station that
/// works for its label. May be used by many threads at once.
public final class RequestedRevocation {

  /// The reasons that somebody other than an operator may give; the others say something about
  /// authorities, or would have to be undone by one.
  private static final Set<RevocationReason> REASONS =
      EnumSet.of(
          RevocationReason.UNSPECIFIED,
          RevocationReason.KEY_COMPROMISE,
          RevocationReason.AFFILIATION_CHANGED,
          RevocationReason.SUPERSEDED,
          RevocationReason.CESSATION_OF_OPERATION,
          RevocationReason.PRIVILEGE_WITHDRAWN);

  /// Which certificate, and why.
  ///
  /// @param invalidityDate since when the key must be distrusted, where that is known
  public record Wanted(
      DistinguishedName issuer,
      SerialNumber serial,
      RevocationReason reason,
      Optional<Instant> invalidityDate) {}

  /// What became of it.
  public sealed interface Result {

    /// Committed now, or before for the same reason.
    record Revoked(CertificateRecord record) implements Result {}

    /// It was revoked before for another reason, which stays.
    record Otherwise(CertificateRecord record) implements Result {}

    /// There is no such certificate under this label.
    record NotFound() implements Result {}

    /// A rule says no, and it was written down.
    record Refused(Refusal refusal) implements Result {}
  }

  private final CertificateStore certificates;
  private final Revocation revocation;
  private final StationAuthentication stations;
  private final AuditLog audit;
  private final InstantSource clock;

  public RequestedRevocation(
      CertificateStore certificates,
      Revocation revocation,
      StationAuthentication stations,
      AuditLog audit,
      InstantSource clock) {
    this.certificates = certificates;
    this.revocation = revocation;
    this.stations = stations;
    this.audit = audit;
    this.clock = clock;
  }

  /// Revokes a certificate of the label `profile`, if `asking` may.
  public Result revoke(
      Requester.ByCertificate asking, CertificateProfile profile, Wanted wanted, Origin origin) {
    var found =
        certificates.findBySerial(wanted.serial()).stream()
            .filter(record -> record.label().equals(profile.name()) && isBy(record, wanted))
            .findFirst();
    if (found.isEmpty()) {
      return new Result.NotFound();
    }
    var record = found.get();
    var refusal = refusal(asking, record, profile).or(() -> refusal(wanted));
    if (refusal.isPresent()) {
      audit.append(
          new AuditEvent.Refused(
              record.owner(),
              profile.name(),
              refusal.get().reason(),
              refusal.get().detail(),
              asking.credential(),
              origin));
      return new Result.Refused(refusal.get());
    }
    var by = asking.owner() + " (" + asking.credential() + ")";
    return switch (revocation.revoke(
        record.issuer(), record.serial(), wanted.reason(), wanted.invalidityDate(), by)) {
      case RevokeOutcome.Revoked(var revoked) -> new Result.Revoked(revoked);
      case RevokeOutcome.AlreadyRevoked(var before) -> new Result.Revoked(before);
      case RevokeOutcome.Refused(var before, _) -> new Result.Otherwise(before);
      case RevokeOutcome.NotFound() -> new Result.NotFound();
    };
  }

  /// Only what was issued can be named by its issuer's name: the rest never left.
  private static boolean isBy(CertificateRecord record, Wanted wanted) {
    return record
        .certificate()
        .filter(certificate -> certificate.issuer().matches(wanted.issuer()))
        .isPresent();
  }

  private Optional<Refusal> refusal(
      Requester.ByCertificate asking, CertificateRecord record, CertificateProfile profile) {
    if (record.owner().equals(asking.owner())) {
      return Optional.empty();
    }
    if (StationAuthentication.isForOthers(asking, profile)) {
      return stations.refusal(asking, profile);
    }
    return Optional.of(
        new Refusal(
            Reason.CREDENTIAL_NOT_ACCEPTED,
            asking.owner() + " may not revoke a certificate of " + record.owner()));
  }

  private Optional<Refusal> refusal(Wanted wanted) {
    if (!REASONS.contains(wanted.reason())) {
      return malformed("the reason " + wanted.reason() + " is not one that can be asked for");
    }
    return wanted
        .invalidityDate()
        .filter(date -> date.isAfter(clock.instant()) || date.isBefore(Instant.EPOCH))
        .flatMap(date -> malformed("an invalidity date in the future, or before 1970: " + date));
  }

  private static Optional<Refusal> malformed(String detail) {
    return Optional.of(new Refusal(Reason.MALFORMED_REQUEST, detail));
  }
}
