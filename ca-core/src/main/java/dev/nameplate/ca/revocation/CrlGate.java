package dev.nameplate.ca.revocation;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What every complete CRL passes before it is published, wherever it was made: reads it as it is,
/// and trusts nothing that was counted on the way. Pure, but for what it asks of statuses.
///
/// @param certificate the issuer's own
/// @param scope which of the issuer's lists it has to be
record CrlGate(Issuer issuer, Certificate certificate, CrlScope scope, StatusSource statuses) {

  /// Of so many that leave the status is asked for together.
  private static final int AT_ONCE = 500;

  /// Why `next` may not follow `previous`; empty if it may.
  Optional<String> objection(Crl next, Optional<Crl> previous, Instant now) {
    var objection = itself(next, now);
    if (objection.isPresent() || previous.isEmpty()) {
      return objection;
    }
    objection = succession(previous.get(), next);
    return objection.isPresent() ? objection : lostRevocation(previous.get(), next, now);
  }

  private Optional<String> itself(Crl next, Instant now) {
    if (!next.issuer().equals(issuer.name())) {
      return Optional.of("is of " + next.issuer() + " and not of " + issuer.name());
    }
    if (!next.isSignedBy(issuer.publicKey())) {
      return Optional.of("is not signed by the key of " + issuer.name());
    }
    if (!next.authorityKeyIdentifier().equals(certificate.subjectKeyIdentifier())) {
      return Optional.of("names another key as its authority's");
    }
    if (next.baseNumber().isPresent()) {
      return Optional.of("is a delta");
    }
    if (next.thisUpdate().isAfter(now)) {
      return Optional.of("is from the future: " + next.thisUpdate());
    }
    if (!next.nextUpdate().isAfter(now)) {
      return Optional.of("is over since " + next.nextUpdate());
    }
    for (var entries = next.entries(); entries.hasNext(); ) {
      var entry = entries.next();
      if (entry.reason() == Crl.Entry.REMOVE_FROM_CRL) {
        return Optional.of("says removeFromCRL of " + entry.serial() + ", and is no delta");
      }
    }
    return wrongPoint(next);
  }

  private Optional<String> wrongPoint(Crl next) {
    var point = next.distributionPoint();
    if (!scope.isShard()) {
      return point.map(_ -> "is limited to a distribution point, and has to be complete");
    }
    if (point.isEmpty()) {
      return Optional.of("does not say of which distribution point it is");
    }
    return point.get().critical()
            && point.get().onlyUserCertificates()
            && !point.get().otherwiseLimited()
            && !point.get().names().isEmpty()
        ? Optional.empty()
        : Optional.of("is of another kind of distribution point: " + point.get());
  }

  private static Optional<String> succession(Crl previous, Crl next) {
    if (previous.number().compareTo(next.number()) >= 0) {
      return Optional.of("has the number " + next.number() + " after " + previous.number());
    }
    var before = previous.distributionPoint();
    var after = next.distributionPoint();
    if (before.isPresent()
        && after.isPresent()
        && !after.get().names().containsAll(before.get().names())) {
      return Optional.of(
          "is not at " + before.get().names() + " any more, which certificates name");
    }
    return Optional.empty();
  }

  private Optional<String> lostRevocation(Crl previous, Crl next, Instant now) {
    var remaining = remaining(previous, next);
    // what expired since the CRL before is on this one, for the last time
    var expiredSince = previous.thisUpdate().isBefore(now) ? previous.thisUpdate() : now;
    var leaving = new LinkedHashMap<SerialNumber, Crl.Entry>();
    for (var entries = previous.entries(); entries.hasNext(); ) {
      var entry = entries.next();
      if (!remaining.contains(entry.serial())) {
        leaving.put(entry.serial(), entry);
      }
      if (leaving.size() == AT_ONCE || !entries.hasNext()) {
        var lost = lost(leaving, expiredSince);
        if (lost.isPresent()) {
          return lost.map(serial -> "would lose the revocation of " + serial);
        }
        leaving.clear();
      }
    }
    return Optional.empty();
  }

  /// The first of these that may not leave.
  private Optional<SerialNumber> lost(Map<SerialNumber, Crl.Entry> leaving, Instant expiredSince) {
    if (leaving.isEmpty()) {
      return Optional.empty();
    }
    var present = statuses.statuses(issuer.id(), leaving.keySet());
    return leaving.values().stream()
        .filter(entry ->
            !mayLeave(
                entry,
                present.getOrDefault(entry.serial(), new CertificateStatus.NeverIssued()),
                expiredSince))
        .map(Crl.Entry::serial)
        .findFirst();
  }

  private static boolean mayLeave(Crl.Entry entry, CertificateStatus status, Instant expiredSince) {
    return switch (status) {
      case CertificateStatus.Revoked(_, _, var notAfter) -> notAfter.isBefore(expiredSince);
      // only a hold is ever released
      case CertificateStatus.Good _ -> entry.reason() == Crl.Entry.CERTIFICATE_HOLD;
      case CertificateStatus.Reserved _, CertificateStatus.NeverIssued _ -> false;
    };
  }

  /// Asked in ascending order.
  private interface Remaining {
    boolean contains(SerialNumber serial);
  }

  /// Lists of ours are in order, and are walked through; those of others may not be.
  private static Remaining remaining(Crl previous, Crl next) {
    if (isInOrder(previous) && isInOrder(next)) {
      return new InOrder(next.serials());
    }
    Set<SerialNumber> all = new HashSet<>();
    next.serials().forEachRemaining(all::add);
    return all::contains;
  }

  private static boolean isInOrder(Crl crl) {
    Optional<SerialNumber> last = Optional.empty();
    for (var serials = crl.serials(); serials.hasNext(); ) {
      var serial = serials.next();
      if (last.filter(before -> before.compareTo(serial) >= 0).isPresent()) {
        return false;
      }
      last = Optional.of(serial);
    }
    return true;
  }

  private static final class InOrder implements Remaining {

    private final Iterator<SerialNumber> serials;
    private Optional<SerialNumber> current = Optional.empty();

    InOrder(Iterator<SerialNumber> serials) {
      this.serials = serials;
    }

    @Override
    public boolean contains(SerialNumber wanted) {
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
