package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Answers that are signed once for everybody who asks.
class SharedAnswersTest {

  private static final Duration REFRESH = OcspSettings.Remembering.USUAL.refresh();

  private final FakeClock clock = new FakeClock();
  private final StatusSite site = StatusSite.at(clock);
  private final Issuer issuer = site.pki().issuing().issuer();
  private final Certificate pump = site.enrolled("pump-1");
  private final long before = site.pki().ocspKey().signatures();
  private final Ask aboutPump = Ask.about(issuer, pump.serial().value());

  @Test
  void theSecondWhoAsksGetsTheSameBytesAndNothingIsReadOrSigned() {
    var first = answer(aboutPump);
    long reads = site.statusReads();

    assertThat(answer(aboutPump)).isEqualTo(first);
    assertThat(site.responder().remembered(aboutPump.der()).orElseThrow().der().toByteArray())
        .isEqualTo(first);

    assertThat(signed()).isOne();
    assertThat(site.statusReads()).isEqualTo(reads);
    assertThat(site.count("nameplate.ocsp.responses", "status", "good")).isEqualTo(3);
    assertThat(site.count("nameplate.ocsp.certid.hash", "alg", "SHA-1")).isEqualTo(3);
    assertThat(site.count("nameplate.ocsp.remembered")).isOne();
  }

  @ParameterizedTest
  @EnumSource
  @Tag("O03")
  void whoNamesTheIssuerByAnotherHashGetsAnAnswerThatRepeatsIt(CertIdHash hash) {
    answer(aboutPump);

    var other = Heard.of(answer(new Ask().and(issuer, hash, pump.serial().value())));

    assertThat(other.singles().getFirst().getCertID())
        .isEqualTo(Ask.certId(issuer, hash, pump.serial().value()));
  }

  @Test
  void whoAsksTheSameWithSomethingBesidesSharesTheSignature() {
    var first = answer(aboutPump);
    var acceptable = Ask.about(issuer, pump.serial().value()).with(Ask.optional("1.2.3.4"));

    assertThat(answer(acceptable)).isEqualTo(first);
    assertThat(signed()).isOne();
  }

  @Test
  @Tag("O10")
  void onlyARequestThatCarriesANonceIsSignedForItself() {
    var nonce = Ask.about(issuer, pump.serial().value()).nonce(new byte[16]);
    answer(aboutPump);

    answer(nonce);
    answer(nonce);
    answer(aboutPump);

    assertThat(signed()).isEqualTo(3);
  }

  @Test
  @Tag("O06")
  void whatIsUnknownIsAskedAnewEachTime() {
    var nobody = Ask.about(issuer, new BigInteger("5eaf00d5", 16));

    answer(nobody);
    answer(nobody);

    assertThat(site.alarms()).hasSize(2);
    assertThat(signed()).isEqualTo(2);
  }

  @Test
  @Tag("O17")
  @Tag("O08")
  void aRevocationIsSeenByTheNextRequest() {
    assertThat(says(aboutPump)).containsExactly("good");

    site.revoke(pump, RevocationReason.KEY_COMPROMISE);

    assertThat(site.responder().remembered(aboutPump.der())).isEmpty();
    assertThat(says(aboutPump)).containsExactly("revoked");
  }

  @Test
  @Tag("O17")
  void anAnswerThatWasOvertakenByARevocationIsGivenToNobodyElse() {
    site.onceAStatusIsRead(() -> site.revoke(pump, RevocationReason.KEY_COMPROMISE));

    assertThat(says(aboutPump)).containsExactly("good");

    assertThat(site.responder().remembered(aboutPump.der())).isEmpty();
    assertThat(says(aboutPump)).containsExactly("revoked");
  }

  @Test
  @Tag("O17")
  void aRevocationThatWasMissedIsSeenAsSoonAsItIsKnownThatSomeWere() {
    assertThat(says(aboutPump)).containsExactly("good");
    site.hearNothing();
    site.revoke(pump, RevocationReason.KEY_COMPROMISE);
    assertThat(says(aboutPump)).containsExactly("good");

    site.responder().lost();

    assertThat(says(aboutPump)).containsExactly("revoked");
  }

  @Test
  void whatIsStillTrueAfterALossIsLookedUpAndNotSignedAgain() {
    var first = answer(aboutPump);

    site.responder().lost();

    assertThat(answer(aboutPump)).isEqualTo(first);
    assertThat(site.responder().remembered(aboutPump.der())).isPresent();
    assertThat(signed()).isOne();
  }

  @Test
  void aRevocationThatNobodyHeardOfIsSeenWhenTheAnswerIsDue() {
    assertThat(says(aboutPump)).containsExactly("good");
    site.hearNothing();
    site.revoke(pump, RevocationReason.KEY_COMPROMISE);

    clock.advance(REFRESH);

    assertThat(says(aboutPump)).containsExactly("revoked");
  }

  @Test
  @Tag("O14")
  void anAnswerFromAFutureThatTheClockTookBackIsNotGiven() {
    clock.advance(Duration.ofHours(1));
    answer(aboutPump);
    clock.advance(Duration.ofMinutes(-1));

    assertThat(site.responder().remembered(aboutPump.der())).isEmpty();
    var single = Heard.of(answer(aboutPump)).singles().getFirst();
    assertThat(single.getThisUpdate().getTimeString()).isEqualTo("20261123125900Z");
  }

  @Test
  @Tag("O18")
  void whileTheTokenIsAwayRememberedAnswersAreGivenUntilTheirNextUpdate() {
    var first = answer(aboutPump);
    site.pki().ocspKey().unplug();
    var valve = Ask.about(issuer, site.enrolled("valve-1").serial().value());

    assertThat(says(valve)).containsExactly("tryLater");
    clock.advance(Duration.ofHours(12).minusSeconds(1));
    assertThat(answer(aboutPump)).isEqualTo(first);
    clock.advance(Duration.ofSeconds(1));
    assertThat(says(aboutPump)).containsExactly("tryLater");

    site.pki().ocspKey().plugBackIn();
    assertThat(says(aboutPump)).containsExactly("good");
  }

  @Test
  @Tag("O18")
  void whileTheStoreIsAwayRememberedAnswersAreGivenUntilTheirNextUpdate() {
    var first = answer(aboutPump);
    site.takeStoreAway();
    site.responder().lost();

    assertThat(answer(aboutPump)).isEqualTo(first);
    clock.advance(Duration.ofHours(12).minusSeconds(1));
    assertThat(answer(aboutPump)).isEqualTo(first);
    clock.advance(Duration.ofSeconds(1));
    assertThat(says(aboutPump)).containsExactly("tryLater");

    site.bringStoreBack();
    clock.advance(Duration.ofSeconds(1));
    assertThat(says(aboutPump)).containsExactly("good");
  }

  @Test
  @Tag("O18")
  void whatIsKnownToBeWrongIsNotGivenEvenIfNothingElseCanBeSigned() {
    answer(aboutPump);
    site.hearNothing();
    site.revoke(pump, RevocationReason.KEY_COMPROMISE);
    site.pki().ocspKey().unplug();
    clock.advance(REFRESH);

    assertThat(says(aboutPump)).containsExactly("tryLater");
    assertThat(site.responder().remembered(aboutPump.der())).isEmpty();
  }

  @Test
  @Tag("O18")
  void aStoreThatIsAwayIsNotWaitedForByEverybodyWhoHasAnAnswer() {
    answer(aboutPump);
    site.takeStoreAway();
    site.responder().lost();
    long reads = site.statusReads();

    for (int i = 0; i < 10; i++) {
      assertThat(says(aboutPump)).containsExactly("good");
    }
    assertThat(site.statusReads()).isEqualTo(reads + 1);
  }

  @Test
  @Tag("O18")
  @Timeout(60)
  void whileOneProbesAStoreThatHangsAllOthersAreAnsweredAtOnce() throws Exception {
    var first = answer(aboutPump);
    var aboutHose = Ask.about(issuer, site.enrolled("hose-1").serial().value());
    site.takeStoreAway();
    site.responder().lost();
    assertThat(says(aboutHose)).containsExactly("tryLater");
    long reads = site.statusReads();
    assertThat(says(aboutHose)).as("it rests").containsExactly("tryLater");
    assertThat(site.statusReads()).isEqualTo(reads);
    site.bringStoreBack();
    clock.advance(Duration.ofSeconds(2));
    var begun = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    site.onceAStatusIsRead(() -> {
      begun.countDown();
      awaitQuietly(end);
    });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var prober = threads.submit(() -> answer(aboutPump));
      begun.await();
      try {
        assertThat(answer(aboutPump)).isEqualTo(first);
        assertThat(says(aboutHose)).containsExactly("tryLater");
        assertThat(says(aboutHose.nonce(new byte[32]))).containsExactly("tryLater");
        assertThat(site.responder().refresh(clock.instant().plus(REFRESH), 10)).isZero();
      } finally {
        end.countDown();
      }
      assertThat(prober.get()).isEqualTo(first);
    }
    assertThat(says(Ask.about(issuer, site.enrolled("valve-1").serial().value())))
        .containsExactly("good");
  }

  @Test
  @Tag("O18")
  void anAnswerThatIsDroppedWhileItsSuccessorFailsIsNotGivenInItsPlace() {
    answer(aboutPump);
    clock.advance(REFRESH);
    site.onceAStatusIsRead(() -> {
      site.revoke(pump, RevocationReason.KEY_COMPROMISE);
      site.pki().ocspKey().unplug();
    });

    assertThat(says(aboutPump)).containsExactly("tryLater");
  }

  @Test
  @Tag("O11")
  void whatARevokedSignerSignedIsNotGivenAnyMore() {
    answer(aboutPump);

    site.revoke(site.pki().ocspSigner(), RevocationReason.KEY_COMPROMISE);

    assertThat(site.responder().remembered(aboutPump.der())).isEmpty();
    assertThat(says(aboutPump)).containsExactly("tryLater");
    assertThat(site.count("nameplate.ocsp.without.signer")).isOne();
  }

  @Test
  @Tag("O21")
  void manyWhoAskTheSameAtOnceGetOneSignature() throws Exception {
    int many = 200;
    var arrived = new CountDownLatch(many);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      // the first one does not sign before all the others are there
      site.onceAStatusIsRead(() -> awaitQuietly(arrived));
      var answers = new ArrayList<Future<byte[]>>();
      for (int i = 0; i < many; i++) {
        answers.add(
            threads.submit(() -> {
              arrived.countDown();
              return answer(aboutPump);
            }));
      }
      var different = new HashSet<List<String>>();
      for (var each : answers) {
        different.add(Heard.of(each.get()).says());
      }

      assertThat(different).containsExactly(List.of("good"));
      assertThat(signed()).isOne();
    }
  }

  @Test
  @Tag("O21")
  void whoFindsTheQueueFullIsToldToTryLaterAndWhatIsRememberedIsGiven() {
    var narrow =
        StatusSite.at(
            clock, OcspSettings.DEFAULT.with(new OcspSettings.Signing(1, Duration.ofSeconds(5))));
    var narrowIssuer = narrow.pki().issuing().issuer();
    var one = Ask.about(narrowIssuer, narrow.enrolled("pump-1").serial().value());
    var other = Ask.about(narrowIssuer, narrow.enrolled("pump-2").serial().value());
    var third = Ask.about(narrowIssuer, narrow.enrolled("pump-3").serial().value());
    narrow.responder().answer(one.der());
    var meanwhile = new ArrayList<List<String>>();
    narrow.onceAStatusIsRead(() -> {
      meanwhile.add(Heard.of(narrow.responder().answer(third.der())).says());
      meanwhile.add(Heard.of(narrow.responder().answer(third.nonce(new byte[8]).der())).says());
      meanwhile.add(Heard.of(narrow.responder().answer(one.der())).says());
    });

    var answer = Heard.of(narrow.responder().answer(other.der()));

    assertThat(answer.says()).containsExactly("good");
    assertThat(meanwhile)
        .containsExactly(List.of("tryLater"), List.of("tryLater"), List.of("good"));
    assertThat(narrow.count("nameplate.ocsp.limited", "limit", "queue")).isEqualTo(2);
  }

  @Test
  @Tag("O21")
  void whoWaitsForAnotherWaitsNoLongerThanHisPatience() throws Exception {
    var hasty =
        StatusSite.at(
            clock, OcspSettings.DEFAULT.with(new OcspSettings.Signing(8, Duration.ofMillis(20))));
    var ask = Ask.about(hasty.pki().issuing().issuer(), hasty.enrolled("pump-1").serial().value());
    var begun = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    hasty.onceAStatusIsRead(() -> {
      begun.countDown();
      awaitQuietly(go);
    });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = threads.submit(() -> hasty.responder().answer(ask.der()));
      begun.await();

      assertThat(Heard.of(hasty.responder().answer(ask.der())).says()).containsExactly("tryLater");
      go.countDown();
      assertThat(Heard.of(first.get()).says()).containsExactly("good");
    }
  }

  @Test
  void thePreSignerSignsAheadWhatWasAskedForAndNothingElse() {
    var valve = Ask.about(issuer, site.enrolled("valve-1").serial().value());
    answer(aboutPump);
    answer(valve);
    site.responder().remembered(aboutPump.der());
    var preSigner = new PreSigner(site.responder());

    assertThat(preSigner.run(clock.instant())).isEqualTo("0 answers signed anew");
    clock.advance(REFRESH.minusSeconds(15));
    assertThat(preSigner.run(clock.instant())).isEqualTo("1 answers signed anew");
    assertThat(preSigner.run(clock.instant())).isEqualTo("0 answers signed anew");

    clock.advance(Duration.ofSeconds(15));
    assertThat(site.responder().remembered(aboutPump.der())).isPresent();
    assertThat(site.responder().remembered(valve.der())).isEmpty();
  }

  /// How many answers were.
  private long signed() {
    return site.pki().ocspKey().signatures() - before;
  }

  private List<String> says(Ask ask) {
    return Heard.of(answer(ask)).says();
  }

  private byte[] answer(Ask ask) {
    return site.responder().answer(ask.der()).der().toByteArray();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
