package dev.nameplate.ca.revocation;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Publishes a CRL that was signed elsewhere: the key of an offline root is not here. It passes the
/// same gate as ours, and has to list every certificate that is revoked here. What it lists and is
/// good here is revoked here first, so that OCSP never says less than the CRL. May be used by many
/// threads at once.
public final class CrlImport {

  /// What became of it.
  public sealed interface Outcome {

    /// Published, and served from now on.
    record Published(PublishedCrl crl) implements Outcome {}

    /// It is not served.
    ///
    /// @param why what is wrong with it: `it ...`
    record Refused(String why) implements Outcome {}

    /// There is no such issuer here.
    record NoSuchIssuer() implements Outcome {}
  }

  private static final int MOST_BITS = Long.SIZE - 1;

  private final CrlStore crls;
  private final IssuerStore issuers;
  private final CertificateStore certificates;
  private final InstantSource clock;

  public CrlImport(
      CrlStore crls, IssuerStore issuers, CertificateStore certificates, InstantSource clock) {
    this.crls = crls;
    this.issuers = issuers;
    this.certificates = certificates;
    this.clock = clock;
  }

  /// @param issuer whose CRL it has to be
  /// @param by who brought it, for the audit log
  public Outcome publish(Crl crl, IssuerId issuer, String by) {
    var record =
        issuers.issuers().stream().filter(each -> each.issuer().id().equals(issuer)).findFirst();
    if (record.isEmpty() || record.get().certificate().isEmpty()) {
      return new Outcome.NoSuchIssuer();
    }
    var scope = record.get().scope();
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    if (crl.number().bitLength() > MOST_BITS || crl.number().signum() == 0) {
      return new Outcome.Refused(
          "has the number " + crl.number() + ": from 1 to 2^63 there is room");
    }
    var latest = crls.latestCrl(issuer, scope);
    var previous = latest.map(CrlImport::parse);
    var gate =
        new CrlGate(
            record.get().issuer(), record.get().certificate().orElseThrow(), scope, certificates);
    var expiredSince = previous.map(Crl::thisUpdate).orElse(now);
    var objection =
        gate.objection(crl, previous, now).or(() -> missing(record.get(), crl, expiredSince));
    if (objection.isPresent()) {
      return new Outcome.Refused(objection.get());
    }
    revoke(issuer, crl, now, by);
    // what changes from here on may not be on it; what changed until here has to be
    long changes = crls.crlState(issuer, scope).changes();
    var overtaken = missing(record.get(), crl, expiredSince);
    if (overtaken.isPresent()) {
      return new Outcome.Refused(overtaken.get());
    }
    var published =
        new PublishedCrl(
            issuer,
            scope,
            crl.number().longValueExact(),
            changes,
            count(crl),
            crl.thisUpdate(),
            crl.nextUpdate(),
            crl.der());
    var why =
        new AuditEvent.CrlImported(
            issuer,
            scope,
            published.number(),
            published.entries(),
            published.der().sha256Hex(),
            by);
    return crls.publish(published, latest.map(PublishedCrl::number).orElse(0L), why, 0)
        ? new Outcome.Published(published)
        : new Outcome.Refused("was overtaken by another one");
  }

  /// What its issuer revoked elsewhere, and is good here: with the time and reason of the list.
  private void revoke(IssuerId issuer, Crl crl, Instant now, String by) {
    for (var entries = crl.entries(); entries.hasNext(); ) {
      var entry = entries.next();
      if (certificates.status(issuer, entry.serial()) instanceof CertificateStatus.Good) {
        var at = entry.at().isAfter(now) ? now : entry.at();
        var _ =
            certificates.revoke(
                issuer,
                entry.serial(),
                RevocationReason.of(entry.reason()),
                entry.invalidityDate(),
                at,
                by + ", by CRL " + crl.number());
      }
    }
  }

  /// What is revoked here must be on it, or it would take a revocation back.
  private Optional<String> missing(IssuerRecord record, Crl crl, Instant expiredSince) {
    Set<SerialNumber> listed = new HashSet<>();
    crl.serials().forEachRemaining(listed::add);
    Set<SerialNumber> missing = new HashSet<>();
    crls.revoked(
        record.issuer().id(),
        record.scope(),
        expiredSince,
        entry -> {
          if (!listed.contains(entry.serial())) {
            missing.add(entry.serial());
          }
        });
    return missing.stream()
        .min(SerialNumber::compareTo)
        .map(first ->
            "lacks %d of the certificates that are revoked here, the first of them %s"
                .formatted(missing.size(), first));
  }

  private static long count(Crl crl) {
    long count = 0;
    for (var entries = crl.serials(); entries.hasNext(); entries.next()) {
      count++;
    }
    return count;
  }

  private static Crl parse(PublishedCrl crl) {
    try {
      return Crl.parse(crl.der());
    } catch (MalformedCrlException stored) {
      throw new IllegalStateException("CRL " + crl.number() + " is damaged", stored);
    }
  }
}
