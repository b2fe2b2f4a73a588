package dev.nameplate.ca.revocation;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Publishes a CRL that was signed elsewhere: the key of an offline root is not here. It passes the
/// same gate as ours, and has to list every certificate that is revoked here. May be used by many
/// threads at once.
public final class CrlImport {

  /// What became of it.
  public sealed interface Outcome {

    /// Published, and served from now on.
    record Published(PublishedCrl crl) implements Outcome {}

    /// Nothing was changed.
    ///
    /// @param why what is wrong with it: `it ...`
    record Refused(String why) implements Outcome {}

    /// There is no such issuer here.
    record NoSuchIssuer() implements Outcome {}
  }

  private static final int MOST_BITS = Long.SIZE - 1;

  private final CrlStore crls;
  private final IssuerStore issuers;
  private final StatusSource statuses;
  private final InstantSource clock;

  public CrlImport(CrlStore crls, IssuerStore issuers, StatusSource statuses, InstantSource clock) {
    this.crls = crls;
    this.issuers = issuers;
    this.statuses = statuses;
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
    // first of all: what changes from now on may not be on it
    long changes = crls.crlState(issuer, scope).changes();
    if (crl.number().bitLength() > MOST_BITS || crl.number().signum() == 0) {
      return new Outcome.Refused(
          "has the number " + crl.number() + ": from 1 to 2^63 there is room");
    }
    var latest = crls.latestCrl(issuer, scope);
    var previous = latest.map(CrlImport::parse);
    var gate =
        new CrlGate(
            record.get().issuer(), record.get().certificate().orElseThrow(), scope, statuses);
    var objection =
        gate.objection(crl, previous, now)
            .or(() -> missing(record.get(), crl, previous.map(Crl::thisUpdate).orElse(now)));
    if (objection.isPresent()) {
      return new Outcome.Refused(objection.get());
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
