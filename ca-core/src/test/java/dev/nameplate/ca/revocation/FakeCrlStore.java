package dev.nameplate.ca.revocation;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CrlBase;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.StatusChange;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// The revocations of one scope, in memory. It can forget one on purpose, as no good store does,
/// and it can be overtaken by another node. Not thread-safe.
final class FakeCrlStore implements CrlStore, StatusSource {

  private record Row(long number, RevocationRecord revocation, Instant notAfter) {}

  private final NavigableMap<SerialNumber, Row> rows = new TreeMap<>();
  private final List<PublishedCrl> crls = new ArrayList<>();
  private final List<AuditEvent> events = new ArrayList<>();
  private final List<SerialNumber> hidden = new ArrayList<>();
  private Optional<CrlState> late = Optional.empty();
  private boolean overtaken;
  private boolean again;
  private long changes;

  void revoke(SerialNumber serial, RevocationRecord revocation, Instant notAfter) {
    rows.put(serial, new Row(++changes, revocation, notAfter));
  }

  /// From now on the revocation is missing from what the CRL is made of.
  void loseTrackOf(SerialNumber serial) {
    hidden.add(serial);
  }

  /// What is missing is revoked once more in the moment after the next CRL was read.
  void revokeAgainAfterTheNextRead() {
    again = true;
  }

  /// Another node publishes the next number in the moment before we do.
  void beOvertaken() {
    overtaken = true;
  }

  /// Another node has published in the moment after we looked how the CRL stands.
  void answerLate(CrlState before) {
    late = Optional.of(before);
  }

  /// The database is put back to what it was when these were published.
  void restore(List<PublishedCrl> backup) {
    crls.clear();
    crls.addAll(backup);
  }

  List<AuditEvent> events() {
    return List.copyOf(events);
  }

  List<PublishedCrl> crls() {
    return List.copyOf(crls);
  }

  @Override
  public CrlState crlState(IssuerId issuer, CrlScope scope) {
    if (late.isPresent()) {
      return late.get();
    }
    return latestCrl(issuer, scope)
        .map(crl ->
            new CrlState(
                changes,
                crl.changes(),
                crl.number(),
                Optional.of(crl.thisUpdate()),
                Optional.of(crl.nextUpdate())))
        .orElseGet(() -> new CrlState(changes, 0, 0, Optional.empty(), Optional.empty()));
  }

  @Override
  public Map<CrlScope, CrlState> crlStates(IssuerId issuer) {
    return crls.stream()
        .filter(crl -> crl.issuer().equals(issuer))
        .map(PublishedCrl::scope)
        .distinct()
        .collect(Collectors.toMap(scope -> scope, scope -> crlState(issuer, scope)));
  }

  @Override
  public void revoked(
      IssuerId issuer, CrlScope scope, Instant expiredSince, Consumer<RevokedEntry> each) {
    rows.forEach((serial, row) -> {
      if (!row.notAfter().isBefore(expiredSince) && !hidden.contains(serial)) {
        each.accept(new RevokedEntry(serial, row.revocation()));
      }
    });
    if (again) {
      again = false;
      changes++;
      hidden.clear();
    }
  }

  @Override
  public void changedSince(
      IssuerId issuer, CrlScope scope, long after, Consumer<StatusChange> each) {
    rows.entrySet().stream()
        .filter(entry -> entry.getValue().number() > after)
        .sorted(Comparator.comparingLong(entry -> entry.getValue().number()))
        .map(entry ->
            new StatusChange(
                entry.getValue().number(),
                entry.getKey(),
                entry.getValue().notAfter(),
                Optional.of(entry.getValue().revocation())))
        .forEach(each);
  }

  @Override
  public boolean publish(PublishedCrl crl, long after, AuditEvent why, long lease) {
    if (overtaken) {
      return false;
    }
    crls.add(crl);
    events.add(why);
    return true;
  }

  @Override
  public Optional<CrlBase> oldestBase(IssuerId issuer, CrlScope scope, Instant now) {
    return Optional.empty();
  }

  @Override
  public void expired(
      IssuerId issuer, CrlScope scope, Instant from, Instant to, Consumer<RevokedEntry> each) {
    throw new UnsupportedOperationException("no deltas are made of this");
  }

  @Override
  public Optional<PublishedCrl> latestCrl(IssuerId issuer, CrlScope scope) {
    return crls.isEmpty() ? Optional.empty() : Optional.of(crls.getLast());
  }

  @Override
  public CertificateStatus status(IssuerId issuer, SerialNumber serial) {
    var row = rows.get(serial);
    return row == null
        ? new CertificateStatus.NeverIssued()
        : new CertificateStatus.Revoked(
            row.revocation().at(), row.revocation().reason(), row.notAfter());
  }
}
