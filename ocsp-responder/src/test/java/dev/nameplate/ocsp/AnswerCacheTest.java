package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What is remembered, for how long, and in how much memory.
class AnswerCacheTest {

  private static final Instant START = FakeClock.START;
  private static final long NOW = START.toEpochMilli();
  private static final long ROOM = 1 << 20;
  private static final IssuerId ISSUER = new IssuerId("a".repeat(64));
  private static final IssuerId OTHER = new IssuerId("b".repeat(64));

  private final AnswerCache cache = new AnswerCache(ROOM);
  private final OcspSigner signer = StatusSite.at(new FakeClock()).signer();

  @Test
  void anAnswerIsFoundByTheBytesOfTheRequest() {
    remember(1, 0);

    assertThat(cache.fresh(Question.of(request(1, 0)), NOW)).isPresent();
    assertThat(cache.fresh(Question.of(request(1, 1)), NOW)).isEmpty();
    assertThat(cache.fresh(Question.of(request(1, 0), "1.2.3"), NOW)).isEmpty();
  }

  @Test
  @Tag("O17")
  void aChangeDropsEveryAnswerAboutThisCertificateAndNoOther() {
    for (int variant = 0; variant < 8; variant++) {
      remember(1, variant);
    }
    remember(2, 0);

    cache.changed(OTHER, serial(1));
    assertThat(cache.size()).isEqualTo(9);
    cache.changed(ISSUER, serial(1));

    assertThat(cache.size()).isOne();
    assertThat(cache.fresh(Question.of(request(2, 0)), NOW)).isPresent();
  }

  @Test
  @Tag("O17")
  void anAnswerWhoseMakingBeganBeforeAChangeIsNotRemembered() {
    var flight = pilot(1, 0);

    cache.changed(ISSUER, serial(1));
    cache.land(flight, made());

    assertThat(cache.size()).isZero();
    assertThat(flight.answer()).isCompleted();
  }

  @Test
  @Tag("O17")
  void whoAsksAfterAChangeDoesNotWaitForAnAnswerFromBeforeIt() {
    var before = pilot(1, 0);
    assertThat(join(1, 0)).isInstanceOf(AnswerCache.Role.Passenger.class);

    cache.changed(ISSUER, serial(1));
    var after = pilot(1, 0);
    cache.land(before, made());

    assertThat(join(1, 0)).isInstanceOf(AnswerCache.Role.Passenger.class);
    cache.land(after, made());
    assertThat(cache.fresh(Question.of(request(1, 0)), NOW)).isPresent();
  }

  @Test
  @Tag("O17")
  void whenChangesWereLostNothingIsFreshAndEverythingIsOld() {
    remember(1, 0);
    var flight = pilot(2, 0);

    cache.lost();
    cache.land(flight, made());

    assertThat(cache.fresh(Question.of(request(1, 0)), NOW)).isEmpty();
    assertThat(cache.old(Question.of(request(1, 0)), NOW)).isPresent();
    assertThat(cache.old(Question.of(request(2, 0)), NOW)).isEmpty();
  }

  @Test
  void anAnswerThatWasFoundTrueAgainIsFreshAgain() {
    remember(1, 0);
    cache.lost();
    var entry = cache.old(Question.of(request(1, 0)), NOW).orElseThrow();

    cache.confirm(pilot(1, 0), entry);

    assertThat(cache.fresh(Question.of(request(1, 0)), NOW)).contains(entry);
  }

  @Test
  void aConfirmationThatBeganBeforeAnotherLossConfirmsNothing() {
    remember(1, 0);
    cache.lost();
    var entry = cache.old(Question.of(request(1, 0)), NOW).orElseThrow();
    var flight = pilot(1, 0);

    cache.lost();
    cache.confirm(flight, entry);

    assertThat(cache.fresh(Question.of(request(1, 0)), NOW)).isEmpty();
  }

  @Test
  void anAnswerIsGivenFromItsThisUpdateUntilItIsDueAndKeptUntilItsEnd() {
    remember(1, 0);
    var question = Question.of(request(1, 0));

    assertThat(cache.fresh(question, NOW - 1)).isEmpty();
    assertThat(cache.fresh(question, NOW + minutes(60) - 1)).isPresent();
    assertThat(cache.fresh(question, NOW + minutes(60))).isEmpty();
    assertThat(cache.old(question, NOW + minutes(120) - 1)).isPresent();
    assertThat(cache.old(question, NOW + minutes(120))).isEmpty();
  }

  @Test
  @Tag("O21")
  void howeverMuchIsAskedTheMemoryIsBoundedAndTheAccountIsRight() {
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      int serial = random.nextInt(2_000);
      switch (random.nextInt(20)) {
        case 0 -> cache.changed(ISSUER, serial(serial));
        case 1 -> cache.fresh(Question.of(request(serial, 0)), NOW);
        default -> remember(serial, random.nextInt(3));
      }
      assertThat(cache.bytes()).isBetween(0L, ROOM);
    }
    assertThat(cache.evictions()).isPositive();
    for (int serial = 0; serial < 2_000; serial++) {
      cache.changed(ISSUER, serial(serial));
    }
    assertThat(cache.size()).isZero();
    assertThat(cache.bytes()).isZero();
  }

  @Test
  void whatIsAskedForStaysWhenRoomIsNeeded() {
    remember(1, 0);
    for (int serial = 2; serial < 3_000; serial++) {
      remember(serial, 0);
      assertThat(cache.fresh(Question.of(request(1, 0)), NOW)).isPresent();
    }
    assertThat(cache.evictions()).isPositive();
    assertThat(cache.fresh(Question.of(request(2, 0)), NOW)).isEmpty();
  }

  @Test
  void onlyWhatWasAskedForIsDueToBeSignedAhead() {
    remember(1, 0);
    remember(2, 0);
    cache.fresh(Question.of(request(1, 0)), NOW);

    assertThat(cache.dueBefore(NOW + minutes(30), NOW, 10)).isEmpty();
    assertThat(cache.dueBefore(NOW + minutes(60), NOW, 10))
        .containsExactly(Question.of(request(1, 0)));
    assertThat(cache.dueBefore(NOW + minutes(60), NOW, 0)).isEmpty();
  }

  @Test
  void whatIsOverIsForgotten() {
    remember(1, 0);

    assertThat(cache.dueBefore(NOW + minutes(121), NOW + minutes(120), 10)).isEmpty();

    assertThat(cache.size()).isZero();
    assertThat(cache.bytes()).isZero();
  }

  private void remember(int serial, int variant) {
    cache.land(pilot(serial, variant), made());
  }

  private AnswerCache.Flight pilot(int serial, int variant) {
    return join(serial, variant) instanceof AnswerCache.Role.Pilot(var flight)
        ? flight
        : fail("somebody else makes this answer");
  }

  private AnswerCache.Role join(int serial, int variant) {
    return cache.join(
        Question.of(request(serial, variant)),
        new AnswerCache.Subject(ISSUER, serial(serial).value()));
  }

  private AnswerCache.Made made() {
    var end = START.plus(Duration.ofHours(2));
    var status = new CertificateStatus.Good(end);
    var answer = new OcspAnswer.Signed(Der.of(new byte[1000]), START, end, List.of(status), true);
    return new AnswerCache.Made(
        answer, status, signer, CertIdHash.SHA256, NOW + minutes(60), end.toEpochMilli());
  }

  private static byte[] request(int serial, int variant) {
    return ByteBuffer.allocate(8).putInt(serial).putInt(variant).array();
  }

  private static SerialNumber serial(int serial) {
    return new SerialNumber(BigInteger.valueOf(serial + 1L));
  }

  private static long minutes(int minutes) {
    return Duration.ofMinutes(minutes).toMillis();
  }
}
