package dev.nameplate.server.audit;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.OwnerLife;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.QuarantineStore;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.Suspension;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Takes over from a published CRL what the database has lost: what is good or on hold here, and
/// more than that on the list, is revoked; what is on the list and not known here stays revoked. A
/// device whose certificate that was may have been retired, and is suspended until somebody has
/// looked. Then the list itself is the last one that was published, so that the next one has a
/// larger number and loses nothing.
final class CrlRecovery {

  private static final String BY = "restore guard";
  private static final int AT_ONCE = 500;

  private final CrlStore crls;
  private final CertificateStore certificates;
  private final OwnerStore owners;
  private final QuarantineStore quarantines;
  private final AuditLog audit;

  CrlRecovery(
      CrlStore crls,
      CertificateStore certificates,
      OwnerStore owners,
      QuarantineStore quarantines,
      AuditLog audit) {
    this.crls = crls;
    this.certificates = certificates;
    this.owners = owners;
    this.quarantines = quarantines;
    this.audit = audit;
  }

  /// @param crl whose signature was checked, with a larger number than the database knows
  /// @return what was done, in words
  String take(Crl crl, IssuerRecord issuer, CrlScope scope, Instant now) {
    var id = issuer.issuer().id();
    var until =
        issuer.certificates().stream()
            .map(Certificate::notAfter)
            .max(Instant::compareTo)
            .orElse(crl.nextUpdate());
    long revoked = 0;
    long lost = 0;
    long entries = 0;
    Map<SerialNumber, Crl.Entry> page = new LinkedHashMap<>();
    for (var each = crl.entries(); each.hasNext(); ) {
      var entry = each.next();
      page.put(entry.serial(), entry);
      entries++;
      if (page.size() == AT_ONCE || !each.hasNext()) {
        var statuses = certificates.statuses(id, page.keySet());
        List<RevokedEntry> unknown = new ArrayList<>();
        for (var one : page.values()) {
          switch (statuses.getOrDefault(one.serial(), new CertificateStatus.NeverIssued())) {
            case CertificateStatus.Good _ -> revoked += revoke(crl, id, one, now) ? 1 : 0;
            // a hold ends, and what the list says more than that does not
            case CertificateStatus.Revoked(_, var reason, _)
                when reason == RevocationReason.CERTIFICATE_HOLD
                    && one.reason() != Crl.Entry.CERTIFICATE_HOLD ->
                revoked += revoke(crl, id, one, now) ? 1 : 0;
            case CertificateStatus.NeverIssued _ ->
                unknown.add(
                    new RevokedEntry(
                        one.serial(),
                        new RevocationRecord(
                            one.at(), RevocationReason.of(one.reason()), one.invalidityDate())));
            case CertificateStatus.Revoked _, CertificateStatus.Reserved _ -> {}
          }
        }
        lost += unknown.isEmpty() ? 0 : quarantines.addLost(id, scope, unknown, until);
        page.clear();
      }
    }
    var why =
        new AuditEvent.CrlImported(
            id, scope, crl.number().longValueExact(), entries, crl.der().sha256Hex(), BY);
    boolean first = false;
    // a list that another node made meanwhile has a smaller number, and not what was lost
    for (var state = crls.crlState(id, scope);
        !first && state.latestNumber() < crl.number().longValueExact();
        state = crls.crlState(id, scope)) {
      var published =
          new PublishedCrl(
              id,
              scope,
              crl.number().longValueExact(),
              state.changes(),
              entries,
              crl.thisUpdate(),
              crl.nextUpdate(),
              crl.der());
      first = crls.publish(published, state.latestNumber(), why, 0);
    }
    audit.append(
        new AuditEvent.RevocationsRecovered(
            id, scope, crl.number().longValueExact(), revoked, lost, crl.der().sha256Hex()));
    return "CRL %d (%s) of %s: revoked %d, lost %d%s"
        .formatted(
            crl.number(),
            scope,
            issuer.issuer().name(),
            revoked,
            lost,
            first ? "" : "; another node was faster");
  }

  /// The device first: if this breaks off between the two, the next start does both.
  private boolean revoke(Crl crl, IssuerId issuer, Crl.Entry entry, Instant now) {
    var reason = RevocationReason.of(entry.reason());
    var at = entry.at().isAfter(now) ? now : entry.at();
    certificates
        .find(issuer, entry.serial())
        .filter(record -> record.owner().kind() == OwnerKind.DEVICE)
        // a renewal leaves that behind: the device is as it was
        .filter(_ -> reason != RevocationReason.SUPERSEDED)
        .ifPresent(record -> suspend(record, reason, at, crl, now));
    var outcome =
        certificates.revoke(
            issuer,
            entry.serial(),
            reason,
            entry.invalidityDate(),
            at,
            BY + ", by CRL " + crl.number());
    return outcome instanceof RevokeOutcome.Revoked;
  }

  /// Without an end, whatever the database knows of one.
  private void suspend(
      CertificateRecord record, RevocationReason reason, Instant at, Crl crl, Instant now) {
    var owner = record.owner();
    var why =
        "the database was put back, and CRL %d says %s of %s: it may have been retired"
            .formatted(crl.number(), reason, record.serial());
    var known = owners.life(owner).flatMap(OwnerLife::suspension);
    if (known.isPresent()) {
      if (known.get().until().isEmpty()) {
        return;
      }
      var _ = owners.resume(owner, now, "to be suspended without an end", BY);
    }
    var since = known.map(Suspension::since).orElse(at);
    if (owners.suspend(owner, new Suspension(since, Optional.empty(), why, BY))
        instanceof MoveOutcome.Refused(var other, _, _)) {
      audit.append(
          new AuditEvent.RestoredInDoubt(
              owner, other.state().name(), record.serial(), reason, crl.number().longValueExact()));
    }
  }
}
