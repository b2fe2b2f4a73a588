package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.CrlBase;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.StatusChange;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What every CRL store promises.
public abstract class CrlStoreContract extends StoreContract {

  private static final CrlScope SCOPE = CrlScope.END_ENTITIES;

  @Test
  void beforeTheFirstRevocationThereIsNothing() {
    assertThat(crls().crlState(issuer, SCOPE))
        .isEqualTo(new CrlState(0, 0, 0, Optional.empty(), Optional.empty()));
    assertThat(crls().latestCrl(issuer, SCOPE)).isEmpty();
    assertThat(listed(Instant.EPOCH)).isEmpty();
  }

  @Test
  void everyRevocationIsListedInOrderOfSerial() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 20);
    var entries = new ArrayList<RevokedEntry>();
    for (int i = 0; i < 8; i++) {
      pump.makeNewKey();
      var certificate = issued(secret, pump);
      confirm(certificate, Supersede.AT_EXPIRY);
      clock.advance(Duration.ofMinutes(1));
      if (i % 2 == 0) {
        revoke(certificate);
        entries.add(
            new RevokedEntry(
                certificate.serial(),
                new RevocationRecord(
                    clock.instant(), RevocationReason.KEY_COMPROMISE, Optional.empty())));
      }
    }
    entries.sort((a, b) -> a.serial().compareTo(b.serial()));

    assertThat(listed(Instant.EPOCH)).isEqualTo(entries);
  }

  @Test
  void whatWasAbandonedIsListedForASignatureMayExist() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var orphan = reserved(secret, pump);
    assertThat(listed(Instant.EPOCH)).isEmpty();

    certificates().abandon(issuer, orphan.tbs().serial(), clock.instant(), "test");

    assertThat(listed(Instant.EPOCH))
        .containsExactly(
            new RevokedEntry(
                orphan.tbs().serial(),
                new RevocationRecord(
                    clock.instant(), RevocationReason.UNSPECIFIED, Optional.empty())));
  }

  @Test
  void whatExpiredIsLeftOut() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    revoke(certificate);

    assertThat(listed(certificate.notAfter())).hasSize(1);
    assertThat(listed(certificate.notAfter().plusSeconds(1))).isEmpty();
  }

  @Test
  void eachIssuerAndScopeHasItsOwnList() {
    var pump = registered("pump");
    revoke(issued(withSecret(pump, "s1", 1), pump));
    var elsewhere = new ArrayList<RevokedEntry>();

    crls().revoked(issuer, CrlScope.AUTHORITIES, Instant.EPOCH, elsewhere::add);
    crls().revoked(new IssuerId("ab".repeat(32)), SCOPE, Instant.EPOCH, elsewhere::add);

    assertThat(elsewhere).isEmpty();
    assertThat(crls().crlState(issuer, CrlScope.AUTHORITIES).changes()).isZero();
    assertThat(crls().crlState(issuer, SCOPE).changes()).isEqualTo(1);
  }

  @Test
  void everyRevocationAndAbandonmentCounts() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 9);
    revoke(issued(secret, pump));
    assertThat(changes()).isEqualTo(1);
    pump.makeNewKey();
    var orphan = reserved(secret, pump);
    certificates().abandon(issuer, orphan.tbs().serial(), clock.instant(), "test");
    assertThat(changes()).isEqualTo(2);
    pump.makeNewKey();
    var voided = issued(secret, pump);
    pump.makeNewKey();
    reserved(secret, pump);
    assertThat(record(voided).revocation()).isPresent();
    assertThat(changes()).isEqualTo(3);
    owners().retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");
    assertThat(changes()).isEqualTo(4);
  }

  @Test
  @Tag("C06")
  void changesAreToldInTheirOrderAndFromAnyNumberOn() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 9);
    var revoked = issued(secret, pump);
    revoke(revoked);
    clock.advance(Duration.ofMinutes(1));
    pump.makeNewKey();
    var orphan = reserved(secret, pump);
    certificates().abandon(issuer, orphan.tbs().serial(), clock.instant(), "test");
    pump.makeNewKey();
    issued(secret, pump);

    var all = changedSince(0);

    assertThat(all)
        .containsExactly(
            new StatusChange(1, revoked.serial(), revoked.notAfter(), record(revoked).revocation()),
            new StatusChange(
                2, orphan.tbs().serial(), orphan.tbs().notAfter(), record(orphan).revocation()));
    assertThat(changedSince(1)).isEqualTo(all.subList(1, 2));
    assertThat(changedSince(changes())).isEmpty();
  }

  @Test
  @Tag("C06")
  void theChangesOfOneTransactionAreNumberedOneByOne() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 20);
    for (int i = 0; i < 5; i++) {
      pump.makeNewKey();
      confirm(issued(secret, pump), Supersede.AT_EXPIRY);
    }

    owners().retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");

    assertThat(changedSince(0))
        .extracting(StatusChange::number)
        .containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(changedSince(3)).extracting(StatusChange::number).containsExactly(4L, 5L);
    assertThat(changes()).isEqualTo(5);
  }

  @Test
  @Tag("C06")
  void changesOfOtherIssuersAndScopesAreNotTold() {
    var pump = registered("pump");
    revoke(issued(withSecret(pump, "s1", 1), pump));
    var elsewhere = new ArrayList<StatusChange>();

    crls().changedSince(issuer, CrlScope.AUTHORITIES, 0, elsewhere::add);
    crls().changedSince(new IssuerId("ab".repeat(32)), SCOPE, 0, elsewhere::add);

    assertThat(elsewhere).isEmpty();
  }

  @Test
  void aPublishedCrlIsFoundAgain() {
    var pump = registered("pump");
    revoke(issued(withSecret(pump, "s1", 1), pump));
    assertThat(crls().crlState(issuer, SCOPE).isBehind()).isTrue();
    var crl = crl(1);

    assertThat(publish(crl)).isTrue();

    assertThat(crls().latestCrl(issuer, SCOPE)).contains(crl);
    assertThat(crls().crlState(issuer, SCOPE))
        .isEqualTo(
            new CrlState(1, 1, 1, Optional.of(crl.thisUpdate()), Optional.of(crl.nextUpdate())));
    assertThat(crls().crlState(issuer, SCOPE).isBehind()).isFalse();
    assertThat(eventKinds()).endsWith("CrlPublished");
  }

  @Test
  void aNumberNeverGetsSmaller() {
    var third = crl(3);
    publish(third);
    var events = eventKinds();

    assertThat(publish(crl(3))).isFalse();
    assertThat(publish(crl(2))).isFalse();
    assertThat(crls().latestCrl(issuer, SCOPE)).contains(third);
    assertThat(eventKinds()).isEqualTo(events);
    assertThat(publish(crl(10))).isTrue();
    assertThat(crls().crlState(issuer, SCOPE).latestNumber()).isEqualTo(10);
  }

  @Test
  void whatWasNotComparedWithTheLatestIsNotPublished() {
    publish(crl(3));

    assertThat(publish(crl(5), 2, 0)).isFalse();
    assertThat(publish(crl(5), 0, 0)).isFalse();
    assertThat(publish(crl(5), 3, 0)).isTrue();
    assertThat(publish(crl(9), 3, 0)).isFalse();
    assertThat(crls().crlState(issuer, SCOPE).latestNumber()).isEqualTo(5);
  }

  @Test
  void ofManyPublishersOfOneNumberOneSucceeds() throws Exception {
    var tasks = IntStream.range(0, 16).<Callable<Boolean>>mapToObj(_ -> () -> publish(crl(1)));
    var outcomes = new ArrayList<Boolean>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var outcome : threads.invokeAll(tasks.toList())) {
        outcomes.add(outcome.get());
      }
    }

    assertThat(outcomes).filteredOn(Boolean.TRUE::equals).hasSize(1);
    assertThat(eventKinds()).containsExactly("CrlPublished");
  }

  @Test
  @Tag("C15")
  void whoLostTheLeaseInBetweenPublishesNothing() {
    assertThat(publish(crl(1), 7)).isTrue();
    assertThat(publish(crl(2), 8)).isTrue();

    assertThat(publish(crl(3), 7)).isFalse();
    assertThat(publish(crl(3), 8)).isTrue();
    assertThat(publish(crl(4), 0)).isTrue();
    assertThat(publish(crl(5), 7)).isFalse();
    assertThat(crls().crlState(issuer, SCOPE).latestNumber()).isEqualTo(4);
  }

  @Test
  @Tag("C16")
  void aLargeCrlIsFoundAgain() {
    var random = new Random(5);
    for (int number = 1; number <= 3; number++) {
      byte[] bytes = new byte[3_000_000 + number];
      random.nextBytes(bytes);
      var crl = crl(number, bytes);

      publish(crl);

      assertThat(crls().latestCrl(issuer, SCOPE)).contains(crl);
    }
  }

  @Test
  @Tag("C06")
  void aDeltaIsFoundAgainWithItsList() {
    var crl = withDelta(crl(1), "delta");

    publish(crl);

    assertThat(crls().latestCrl(issuer, SCOPE)).contains(crl);
  }

  @Test
  @Tag("C06")
  void theOldestListThatIsNotOverIsKnown() {
    assertThat(crls().oldestBase(issuer, SCOPE, clock.instant())).isEmpty();
    var since = new ArrayList<Instant>();
    for (int number = 1; number <= 3; number++) {
      since.add(clock.instant());
      publish(withDelta(crl(number), "delta"));
      clock.advance(Duration.ofMinutes(25));
    }

    // each is good for an hour, and the first is over since a quarter of one
    assertThat(crls().oldestBase(issuer, SCOPE, clock.instant()))
        .contains(new CrlBase(2, 0, since.get(1)));
    assertThat(crls().oldestBase(issuer, SCOPE, clock.instant().minus(Duration.ofMinutes(20))))
        .map(CrlBase::number)
        .contains(1L);
    assertThat(crls().oldestBase(issuer, CrlScope.AUTHORITIES, clock.instant())).isEmpty();
  }

  @Test
  @Tag("C06")
  void aListThatIsOverIsForgottenWithTheNext() {
    publish(crl(1));
    var whileItWasGood = clock.instant();
    clock.advance(Duration.ofHours(2));
    publish(crl(2));

    assertThat(crls().oldestBase(issuer, SCOPE, whileItWasGood)).map(CrlBase::number).contains(2L);
  }

  @Test
  @Tag("threat-R9")
  void noDeltaIsMadeToAListBeforeOneThatWasTakenOver() {
    publish(crl(1));
    var imported = crl(7);
    var why = new AuditEvent.CrlImported(issuer, SCOPE, 7, 0, imported.der().sha256Hex(), "test");

    assertThat(crls().publish(imported, 1, why, 0)).isTrue();

    assertThat(crls().oldestBase(issuer, SCOPE, clock.instant())).map(CrlBase::number).contains(7L);
  }

  @Test
  @Tag("C04")
  void whatIsRevokedOnAShardOnlyIsAlsoDueOnTheCompleteList() {
    var pump = registered("pump");
    revoke(issued(withSecret(pump, "s1", 1), pump, CrlScope.shard(1)));

    assertThat(crls().crlStates(issuer).keySet())
        .containsExactlyInAnyOrder(SCOPE, CrlScope.shard(1));
    assertThat(Objects.requireNonNull(crls().crlStates(issuer).get(SCOPE)).isBehind()).isTrue();
  }

  @Test
  @Tag("C06")
  void whatLeftTheListBecauseItExpiredIsFound() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    revoke(certificate);
    var end = certificate.notAfter();
    var found = new ArrayList<RevokedEntry>();

    crls().expired(issuer, SCOPE, end.plusSeconds(1), end.plusSeconds(9), found::add);
    crls().expired(issuer, SCOPE, Instant.EPOCH, end, found::add);
    assertThat(found).isEmpty();

    crls().expired(issuer, SCOPE, end, end.plusSeconds(1), found::add);
    assertThat(found).extracting(RevokedEntry::serial).containsExactly(certificate.serial());
  }

  @Test
  @Tag("C04")
  void theCompleteListHasWhatIsOnEachShardInOrderOfSerial() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 30);
    var revoked = new ArrayList<SerialNumber>();
    for (int i = 0; i < 12; i++) {
      pump.makeNewKey();
      var certificate = issued(secret, pump, i % 3 == 0 ? SCOPE : CrlScope.shard(i % 3));
      revoke(certificate);
      revoked.add(certificate.serial());
    }

    assertThat(listed(Instant.EPOCH))
        .extracting(RevokedEntry::serial)
        .containsExactlyInAnyOrderElementsOf(revoked);
    assertThat(listed(CrlScope.shard(1), Instant.EPOCH)).hasSize(4);
    assertThat(crls().crlState(issuer, CrlScope.shard(1)).changes()).isEqualTo(4);
    assertThat(changes()).isEqualTo(12);
    assertThat(crls().crlStates(issuer).keySet())
        .containsExactlyInAnyOrder(SCOPE, CrlScope.shard(1), CrlScope.shard(2));
  }

  private static PublishedCrl withDelta(PublishedCrl crl, String delta) {
    return new PublishedCrl(
        crl.issuer(),
        crl.scope(),
        crl.number(),
        crl.changes(),
        crl.entries(),
        crl.thisUpdate(),
        crl.nextUpdate(),
        crl.expiredSince(),
        crl.der(),
        Optional.of(Der.of(delta.getBytes(StandardCharsets.US_ASCII))));
  }

  private Certificate issued(Requester requester, FakeDevice device, CrlScope scope) {
    var usual = reservation(requester, device);
    var reservation =
        new Reservation(
            usual.requester(),
            usual.label(),
            usual.profileVersion(),
            usual.issuer(),
            scope,
            usual.tbs(),
            usual.sameness(),
            usual.repeatable(),
            usual.signable(),
            usual.now(),
            usual.patience(),
            usual.rotation());
    assertThat(reserve(reservation)).isEqualTo(new ReserveOutcome.Reserved());
    var certificate = sign(reservation.tbs());
    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());
    return certificate;
  }

  private List<RevokedEntry> listed(Instant expiredSince) {
    return listed(SCOPE, expiredSince);
  }

  private List<RevokedEntry> listed(CrlScope scope, Instant expiredSince) {
    var entries = new ArrayList<RevokedEntry>();
    crls().revoked(issuer, scope, expiredSince, entries::add);
    assertThat(entries)
        .extracting(RevokedEntry::serial)
        .isSortedAccordingTo(SerialNumber::compareTo);
    return entries;
  }

  private List<StatusChange> changedSince(long after) {
    var changes = new ArrayList<StatusChange>();
    crls().changedSince(issuer, SCOPE, after, changes::add);
    return changes;
  }

  private long changes() {
    return crls().crlState(issuer, SCOPE).changes();
  }

  private PublishedCrl crl(long number) {
    return crl(number, new byte[] {0x30, (byte) number});
  }

  private PublishedCrl crl(long number, byte[] bytes) {
    return new PublishedCrl(
        issuer,
        SCOPE,
        number,
        changes(),
        0,
        clock.instant(),
        clock.instant().plus(Duration.ofHours(1)),
        Der.of(bytes));
  }

  private boolean publish(PublishedCrl crl) {
    return publish(crl, 0);
  }

  private boolean publish(PublishedCrl crl, long lease) {
    return publish(crl, crls().crlState(crl.issuer(), crl.scope()).latestNumber(), lease);
  }

  private boolean publish(PublishedCrl crl, long after, long lease) {
    return crls()
        .publish(
            crl,
            after,
            new AuditEvent.CrlPublished(
                crl.issuer(), crl.scope(), crl.number(), crl.entries(), crl.der().sha256Hex()),
            lease);
  }

  private void revoke(Certificate certificate) {
    certificates()
        .revoke(
            issuer,
            certificate.serial(),
            RevocationReason.KEY_COMPROMISE,
            Optional.empty(),
            clock.instant(),
            "test");
  }
}
