package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.job.CrlJob;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CrlPublicationTest {

  private static final Instant START = Instant.parse("2026-11-23T12:00:00.123456Z");
  private static final Instant NOT_AFTER = START.plus(Duration.ofDays(90));

  private final TestAuthority ca = TestAuthority.root("Test CA", KeyType.EC_P256, START);
  private final Authority authority = ca.authority(CrlScope.END_ENTITIES);
  private final FakeCrlStore store = new FakeCrlStore();
  private Instant now = START;
  private final CrlPublication publication =
      new CrlPublication(
          store, store, () -> now, CrlSchedule.DEFAULT, TestHierarchy.URLS, CrlListener.NONE);

  @Test
  void theFirstCrlIsPublishedBeforeAnythingIsRevoked() throws Exception {
    var crl = publication.publishIfDue(authority).orElseThrow();

    assertThat(crl.number()).isEqualTo(START.getEpochSecond());
    assertThat(crl.thisUpdate()).isEqualTo(Instant.parse("2026-11-23T12:00:00Z"));
    assertThat(crl.nextUpdate()).isEqualTo(Instant.parse("2026-11-24T12:00:00Z"));
    assertThat(serials(crl)).isEmpty();
    assertThat(store.events())
        .containsExactly(
            new AuditEvent.CrlPublished(
                ca.id(), CrlScope.END_ENTITIES, START.getEpochSecond(), 0, crl.der().sha256Hex()));
  }

  @Test
  void aFirstRevocationIsPublishedAtOnceAndAFloodInSteps() throws Exception {
    publication.publishIfDue(authority);
    after(Duration.ofMinutes(10));
    revoke(1);
    assertThat(publication.publishIfDue(authority)).isPresent();

    after(Duration.ofSeconds(1));
    revoke(2);
    assertThat(publication.publishIfDue(authority)).isEmpty();

    after(Duration.ofSeconds(13));
    revoke(3);
    assertThat(publication.publishIfDue(authority)).isEmpty();

    after(Duration.ofSeconds(1));
    assertThat(serials(publication.publishIfDue(authority).orElseThrow())).hasSize(3);
    after(Duration.ofMinutes(30));
    assertThat(publication.publishIfDue(authority)).isEmpty();
  }

  @Test
  @Tag("C07")
  void anUnchangedCrlIsMadeAnewEachPeriodLongBeforeTheOldOneEnds() {
    publication.publishIfDue(authority);

    after(Duration.ofMinutes(59));
    assertThat(publication.publishIfDue(authority)).isEmpty();
    after(Duration.ofMinutes(1));
    assertThat(publication.publishIfDue(authority).orElseThrow().number())
        .isEqualTo(now.getEpochSecond());
  }

  @Test
  @Tag("C07")
  void whenTheSignerIsDeadForAllThatTheOverlapAllowsNobodySeesAnExpiredList() {
    publication.publishIfDue(authority);
    after(CrlSchedule.DEFAULT.period());
    ca.key().unplug();
    var dead = CrlSchedule.DEFAULT.validity().minus(CrlSchedule.DEFAULT.period());

    for (var until = now.plus(dead); now.isBefore(until); after(Duration.ofMinutes(30))) {
      assertThatThrownBy(() -> publication.publishIfDue(authority))
          .isInstanceOf(SigningException.class);
      assertThat(store.crls().getLast().nextUpdate()).isAfter(now);
    }

    ca.key().plugBackIn();
    assertThat(publication.publishIfDue(authority)).isPresent();
  }

  @Test
  @Tag("C08")
  void whatIsRefusedIsHeardOfAndTheListBeforeStays() {
    var refusals = new ArrayList<String>();
    var listening =
        new CrlPublication(
            store,
            store,
            () -> now,
            CrlSchedule.DEFAULT,
            TestHierarchy.URLS,
            new CrlListener() {
              @Override
              public void published(PublishedCrl crl, Duration took) {
                refusals.clear();
              }

              @Override
              public void refused(IssuerId issuer, CrlScope scope, long number, String why) {
                refusals.add(issuer + " " + scope + " " + why);
              }
            });
    revoke(1);
    listening.publishIfDue(authority);
    store.loseTrackOf(serial(1));
    after(Duration.ofHours(1));

    assertThatThrownBy(() -> listening.publishIfDue(authority))
        .isInstanceOf(CrlRefusedException.class);

    assertThat(refusals).containsExactly(ca.id() + " end-entities would lose the revocation of 01");
    assertThat(store.crls()).hasSize(1);
  }

  @Test
  @Tag("C15")
  void oneOfManyNodesPublishesAndAnotherWhenThatOneIsGone() {
    var clock = new FakeClock();
    var leases = new InMemoryStore(clock);
    var a = new CrlJob(publication, () -> List.of(authority), leases, "a", () -> now);
    var b = new CrlJob(publication, () -> List.of(authority), leases, "b", () -> now);
    assertThat(a.run(now)).isEqualTo("1 CRLs published");
    after(Duration.ofSeconds(20));
    revoke(1);

    assertThat(b.run(now)).isEqualTo("0 CRLs published");
    after(Duration.ofSeconds(20));
    assertThat(b.run(now)).isEqualTo("1 CRLs published");
    assertThat(a.run(now)).isEqualTo("0 CRLs published");
  }

  @Test
  @Tag("C01")
  void numbersAreTheTimeAndGrowByOneWithinASecond() {
    var numbers = new ArrayList<Long>();
    for (int i = 0; i < 3; i++) {
      numbers.add(published().number());
    }
    after(Duration.ofSeconds(10));
    numbers.add(published().number());

    long start = START.getEpochSecond();
    assertThat(numbers).containsExactly(start, start + 1, start + 2, start + 10);
  }

  @Test
  @Tag("C01")
  void whenTheStoreIsPutBackToAnOlderStateNoNumberIsGivenTwice() {
    var before = new ArrayList<Long>();
    before.add(published().number());
    var backup = store.crls();
    for (int i = 0; i < 5; i++) {
      after(Duration.ofSeconds(1));
      before.add(published().number());
    }

    store.restore(backup);
    after(Duration.ofSeconds(1));

    assertThat(published().number()).isGreaterThan(Collections.max(before));
  }

  @Test
  void aClockThatWasAheadDoesNotLeaveACrlFromTheFuture() {
    publication.publishIfDue(authority);
    now = START.minus(Duration.ofDays(2));

    var crl = publication.publishIfDue(authority).orElseThrow();

    assertThat(crl.number()).isEqualTo(START.getEpochSecond() + 1);
    assertThat(crl.thisUpdate()).isBeforeOrEqualTo(now);
    assertThat(publication.publishIfDue(authority)).isEmpty();
  }

  @Test
  @Tag("C10")
  void anExpiredEntryLeavesOnlyAfterItWasOnOneCrlMadeAfterItsExpiry() throws Exception {
    store.revoke(serial(1), revocation(), START.plus(Duration.ofMinutes(90)));
    revoke(2);
    publication.publishIfDue(authority);

    after(Duration.ofHours(1));
    assertThat(serials(publication.publishIfDue(authority).orElseThrow())).hasSize(2);
    after(Duration.ofHours(1));
    assertThat(serials(publication.publishIfDue(authority).orElseThrow())).hasSize(2);
    after(Duration.ofHours(1));
    assertThat(serials(publication.publishIfDue(authority).orElseThrow()))
        .containsExactly(serial(2));
  }

  @Test
  @Tag("C08")
  void aCrlThatWouldLoseARevocationIsNotPublished() {
    revoke(1);
    revoke(2);
    revoke(3);
    publication.publishIfDue(authority);
    store.loseTrackOf(serial(2));
    after(Duration.ofHours(1));

    assertThatThrownBy(() -> publication.publishIfDue(authority))
        .isInstanceOf(CrlRefusedException.class)
        .hasMessageContaining("would lose the revocation of " + serial(2));
    assertThat(store.crls()).hasSize(1);
  }

  @Test
  @Tag("C08")
  void aReleaseAndARevocationWhileTheListIsMadeIsNoFalseAlarm() throws Exception {
    revoke(1);
    publication.publishIfDue(authority);
    after(Duration.ofHours(1));
    store.loseTrackOf(serial(1));
    store.revokeAgainAfterTheNextRead();

    assertThat(serials(publication.publishIfDue(authority).orElseThrow()))
        .containsExactly(serial(1));
  }

  @Test
  @Tag("C08")
  void aCrlThatWouldLoseItsLastRevocationIsNotPublished() {
    revoke(1);
    publication.publishIfDue(authority);
    store.loseTrackOf(serial(1));
    after(Duration.ofHours(1));

    assertThatThrownBy(() -> publication.publishIfDue(authority))
        .isInstanceOf(CrlRefusedException.class);
  }

  @Test
  void ofTwoNodesTheSlowerOnePublishesNothing() {
    store.beOvertaken();

    assertThat(publication.publishIfDue(authority)).isEmpty();
    assertThat(store.events()).isEmpty();
  }

  @Test
  void aNodeThatLookedBeforeAnotherPublishedPublishesNothingAndSignsNothing() {
    var before = store.crlState(authority.id(), authority.scope());
    publication.publishIfDue(authority);
    store.answerLate(before);
    long signatures = ca.key().signatures();

    assertThat(publication.publishIfDue(authority)).isEmpty();
    assertThat(ca.key().signatures()).isEqualTo(signatures);
  }

  @Test
  void whenTheTokenIsAwayOrLiesTheOldCrlStays() {
    publication.publishIfDue(authority);
    after(Duration.ofHours(1));

    ca.key().lie();
    assertThatThrownBy(() -> publication.publishIfDue(authority))
        .isInstanceOf(SigningException.class)
        .hasMessageContaining("is wrong");
    ca.key().unplug();
    assertThatThrownBy(() -> publication.publishIfDue(authority))
        .isInstanceOf(SigningException.class);
    assertThat(store.crls()).hasSize(1);

    ca.key().plugBackIn();
    ca.key().tellTheTruth();
    assertThat(publication.publishIfDue(authority)).isPresent();
  }

  @Test
  void theJobPublishesForTheOthersWhenOneKeyIsAway() {
    var away = TestAuthority.root("Away CA", KeyType.EC_P256, START);
    away.key().unplug();
    var job =
        new CrlJob(publication, () -> List.of(away.authority(CrlScope.END_ENTITIES), authority));

    assertThatThrownBy(() -> job.run(now)).isInstanceOf(SigningException.class);
    assertThat(store.crls()).extracting(PublishedCrl::issuer).containsExactly(ca.id());

    away.key().plugBackIn();
    after(Duration.ofHours(1));
    assertThat(new CrlJob(publication, () -> List.of(authority)).run(now))
        .isEqualTo("1 CRLs published");
  }

  private PublishedCrl published() {
    return publication.publishNow(authority, CrlScope.END_ENTITIES).orElseThrow();
  }

  private void after(Duration time) {
    now = now.plus(time);
  }

  private void revoke(long serial) {
    store.revoke(serial(serial), revocation(), NOT_AFTER);
  }

  private RevocationRecord revocation() {
    return new RevocationRecord(now, RevocationReason.SUPERSEDED, Optional.empty());
  }

  private static SerialNumber serial(long value) {
    return new SerialNumber(BigInteger.valueOf(value));
  }

  private static List<SerialNumber> serials(PublishedCrl crl) throws Exception {
    var serials = new ArrayList<SerialNumber>();
    Crl.parse(crl.der().toByteArray()).serials().forEachRemaining(serials::add);
    return serials;
  }
}
