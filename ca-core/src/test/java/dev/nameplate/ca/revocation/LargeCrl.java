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
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/// Publishes two large CRLs one after the other, as a program of its own: how much memory that
/// takes shows only in a machine that has no more. Prints what it took.
final class LargeCrl {

  private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");

  private LargeCrl() {}

  /// Many revocations, none of which is kept; of the CRLs the newest is, as a server keeps it.
  private record Revocations(int count, AtomicReference<Optional<PublishedCrl>> latest)
      implements CrlStore {

    @Override
    public CrlState crlState(IssuerId issuer, CrlScope scope) {
      return new CrlState(
          count,
          count,
          latest.get().map(PublishedCrl::number).orElse(0L),
          latest.get().map(PublishedCrl::thisUpdate),
          latest.get().map(PublishedCrl::nextUpdate));
    }

    @Override
    public Map<CrlScope, CrlState> crlStates(IssuerId issuer) {
      return Map.of(CrlScope.END_ENTITIES, crlState(issuer, CrlScope.END_ENTITIES));
    }

    @Override
    public void revoked(
        IssuerId issuer, CrlScope scope, Instant expiredSince, Consumer<RevokedEntry> each) {
      var serial = BigInteger.ONE.shiftLeft(158);
      for (int i = 0; i < count; i++) {
        serial = serial.add(BigInteger.valueOf(0x9e3779b97f4a7c15L).abs());
        each.accept(
            new RevokedEntry(
                new SerialNumber(serial),
                new RevocationRecord(
                    START.minusSeconds(i), RevocationReason.SUPERSEDED, Optional.empty())));
      }
    }

    @Override
    public boolean publish(PublishedCrl crl, long after, AuditEvent why, long lease) {
      latest.set(Optional.of(crl));
      return true;
    }

    @Override
    public void changedSince(
        IssuerId issuer, CrlScope scope, long after, Consumer<StatusChange> each) {
      throw new UnsupportedOperationException("no deltas are made of this");
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
      return latest.get();
    }
  }

  /// @param arguments how many revocations
  public static void main(String[] arguments) {
    var clock = new AtomicReference<>(START);
    var store =
        new Revocations(
            Integer.parseInt(arguments[0]),
            new AtomicReference<Optional<PublishedCrl>>(Optional.empty()));
    var authority =
        TestAuthority.root("Large CA", KeyType.EC_P256, START).authority(CrlScope.END_ENTITIES);
    var publication =
        new CrlPublication(
            store,
            (_, _) -> new CertificateStatus.NeverIssued(),
            clock::get,
            CrlSchedule.DEFAULT,
            TestHierarchy.URLS,
            CrlListener.NONE);
    for (int i = 0; i < 2; i++) {
      long begun = System.nanoTime();
      var crl = publication.publishIfDue(authority).orElseThrow();
      System.out.printf(
          "CRL %d: %d entries, %d bytes, %d ms, of %d MiB of heap%n",
          crl.number(),
          crl.entries(),
          crl.der().length(),
          Duration.ofNanos(System.nanoTime() - begun).toMillis(),
          Runtime.getRuntime().maxMemory() >> 20);
      clock.updateAndGet(before -> before.plus(Duration.ofHours(1)));
    }
  }
}
