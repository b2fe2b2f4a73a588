package dev.nameplate.server.audit;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.QuarantineStore;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Takes over from a published CRL what the database has lost: what is good here and on the list is
/// revoked; what is on the list and not known here stays revoked. Then the list itself is the last
/// one that was published, so that the next one has a larger number and loses nothing.
final class CrlRecovery {

  private static final String BY = "restore guard";
  private static final int AT_ONCE = 500;

  private final CrlStore crls;
  private final CertificateStore certificates;
  private final QuarantineStore quarantines;
  private final AuditLog audit;

  CrlRecovery(
      CrlStore crls, CertificateStore certificates, QuarantineStore quarantines, AuditLog audit) {
    this.crls = crls;
    this.certificates = certificates;
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
            case CertificateStatus.Good _ -> {
              var _ =
                  certificates.revoke(
                      id,
                      one.serial(),
                      RevocationReason.of(one.reason()),
                      one.invalidityDate(),
                      one.at().isAfter(now) ? now : one.at(),
                      BY + ", by CRL " + crl.number());
              revoked++;
            }
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
}
