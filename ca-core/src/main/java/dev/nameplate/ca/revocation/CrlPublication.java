package dev.nameplate.ca.revocation;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.Optional;

/// Publishes CRLs: whole or not at all, never with a smaller number, never losing a revocation. May
/// be called from many threads and nodes at once; of two that publish the same number, one wins.
public final class CrlPublication {

  private final CrlStore crls;
  private final StatusSource statuses;
  private final InstantSource clock;
  private final CrlSchedule schedule;

  /// @param statuses tells whether a certificate that leaves the CRL may leave it
  public CrlPublication(
      CrlStore crls, StatusSource statuses, InstantSource clock, CrlSchedule schedule) {
    this.crls = crls;
    this.statuses = statuses;
    this.clock = clock;
    this.schedule = schedule;
  }

  /// Publishes the authority's next CRL, if it is time. Whatever this throws, the CRL before is
  /// still the published one.
  ///
  /// @return the new CRL; empty if none is due, or if another node was faster
  /// @throws dev.nameplate.ca.signing.SigningException if the key is away or lies
  /// @throws StoreException if the store cannot do its work, or a revocation would be lost
  public Optional<PublishedCrl> publishIfDue(Authority authority) {
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    var state = crls.crlState(authority.id(), authority.scope());
    return schedule.isDue(state, now) ? publish(authority, state, now) : Optional.empty();
  }

  private Optional<PublishedCrl> publish(Authority authority, CrlState state, Instant now) {
    var previous = crls.latestCrl(authority.id(), authority.scope());
    long number = state.latestNumber() + 1;
    if (previous.filter(before -> before.number() >= number).isPresent()) {
      return Optional.empty(); // another node was faster
    }
    // what expired since the CRL before is on this one, for the last time
    var expiredSince =
        previous
            .map(before -> before.thisUpdate().isBefore(now) ? before.thisUpdate() : now)
            .orElse(Instant.EPOCH);
    var nextUpdate = now.plus(schedule.validity());

    var builder = new CrlBuilder(authority, number, now, nextUpdate);
    crls.revoked(authority.id(), authority.scope(), expiredSince, builder::add);
    var der = builder.sign();
    var crl =
        new PublishedCrl(
            authority.id(),
            authority.scope(),
            number,
            state.changes(),
            builder.count(),
            now,
            nextUpdate,
            der);

    if (previous.isPresent()) {
      requireSuccession(previous.get(), crl, expiredSince);
    }
    var why =
        new AuditEvent.CrlPublished(
            crl.issuer(), crl.scope(), number, crl.entries(), der.sha256Hex());
    return crls.publish(crl, why) ? Optional.of(crl) : Optional.empty();
  }

  /// The gate: reads both lists as they are, and trusts nothing that was counted on the way.
  private void requireSuccession(PublishedCrl previous, PublishedCrl next, Instant expiredSince) {
    var before = parse(previous);
    var after = parse(next);
    if (before.number().compareTo(after.number()) >= 0) {
      throw new StoreException(
          "CRL number " + after.number() + " after " + before.number() + " is not published");
    }
    var remaining = new InOrder(after.serials());
    for (var serials = before.serials(); serials.hasNext(); ) {
      var serial = serials.next();
      if (!remaining.advanceTo(serial) && !mayLeave(next, serial, expiredSince)) {
        throw new StoreException(
            "CRL "
                + next.number()
                + " would lose the revocation of "
                + serial
                + "; it is not published");
      }
    }
  }

  private boolean mayLeave(PublishedCrl crl, SerialNumber serial, Instant expiredSince) {
    return statuses.status(crl.issuer(), serial) instanceof CertificateStatus.Revoked revoked
        && revoked.notAfter().isBefore(expiredSince);
  }

  private static Crl parse(PublishedCrl crl) {
    try {
      return Crl.parse(crl.der().toByteArray());
    } catch (MalformedCrlException stored) {
      throw new StoreException(
          "CRL " + crl.number() + " of " + crl.issuer() + " is damaged", stored);
    }
  }

  /// Walks once through serials in ascending order.
  private static final class InOrder {

    private final Iterator<SerialNumber> serials;
    private Optional<SerialNumber> current = Optional.empty();

    InOrder(Iterator<SerialNumber> serials) {
      this.serials = serials;
    }

    /// Whether `wanted` is among them. Ask in ascending order.
    boolean advanceTo(SerialNumber wanted) {
      while (current.filter(serial -> serial.compareTo(wanted) >= 0).isEmpty()) {
        if (!serials.hasNext()) {
          return false;
        }
        current = Optional.of(serials.next());
      }
      return current.filter(wanted::equals).isPresent();
    }
  }
}
