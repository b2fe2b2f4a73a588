package dev.nameplate.ca.revocation;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CrlBase;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.StatusChange;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/// What makes `next` of `base`, and of every list between them (RFC 5280 section 5.2.4): what
/// changed and is on `next`, as it is there; what was released or has expired, as removeFromCRL. In
/// memory is only what changed.
///
/// @param expiredSince of `next`
record CrlDelta(CrlStore crls, CrlBase base, Crl next, Instant expiredSince) {

  /// @param removed whether it is on no list any more, because it was released or has expired
  private record Change(Instant revokedAt, boolean removed) {}

  void fill(IssuerId issuer, CrlScope scope, CrlBuilder delta) {
    var changes = changes(issuer, scope);
    for (var entries = next.entries(); entries.hasNext() && !changes.isEmpty(); ) {
      var entry = entries.next();
      addRemoved(changes.headMap(entry.serial(), false), delta);
      if (changes.remove(entry.serial()) != null) {
        delta.addCopy(entry);
      }
    }
    addRemoved(changes, delta);
  }

  private TreeMap<SerialNumber, Change> changes(IssuerId issuer, CrlScope scope) {
    var changes = new TreeMap<SerialNumber, Change>();
    crls.expired(
        issuer,
        scope,
        base.expiredSince(),
        expiredSince,
        entry -> changes.put(entry.serial(), new Change(entry.revocation().at(), true)));
    crls.changedSince(
        issuer, scope, base.changes(), change -> changes.put(change.serial(), change(change)));
    return changes;
  }

  private Change change(StatusChange change) {
    return new Change(
        change.revocation().map(RevocationRecord::at).orElse(next.thisUpdate()),
        change.revocation().isEmpty() || change.notAfter().isBefore(expiredSince));
  }

  /// What is revoked and not on `next` was revoked after its entries were read: it is on the list
  /// that comes then.
  private static void addRemoved(Map<SerialNumber, Change> absent, CrlBuilder delta) {
    absent.forEach((serial, change) -> {
      if (change.removed()) {
        delta.addRemoved(serial, change.revokedAt());
      }
    });
    absent.clear();
  }
}
