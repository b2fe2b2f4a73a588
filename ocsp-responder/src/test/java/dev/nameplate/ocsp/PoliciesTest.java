package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ocsp.OcspSettings.NeverIssued;
import dev.nameplate.ocsp.OcspSettings.Nonces;
import dev.nameplate.ocsp.OcspSettings.Rules;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What an operator may choose about answers.
class PoliciesTest {

  private static final BigInteger NEVER_ISSUED = new BigInteger("5eaf00d5", 16);
  private static final Rules USUAL = Rules.USUAL;

  private final FakeClock clock = new FakeClock();

  @Test
  @Tag("O10")
  void ifNoncesAreIgnoredEverybodySharesOneAnswerWithoutOne() {
    var site = site(nonces(Nonces.IGNORE));
    var serial = site.enrolled("pump-1").serial().value();

    var plain = answer(site, ask(site, serial));
    var withNonce = answer(site, ask(site, serial).nonce(new byte[16]));

    assertThat(withNonce).isEqualTo(plain);
    assertThat(answer(site, ask(site, serial).nonce(new byte[129])).says())
        .containsExactly("malformedRequest");
  }

  @Test
  @Tag("O10")
  void ifNoncesAreRequiredARequestWithoutOneIsMalformed() {
    var site = site(nonces(Nonces.REQUIRE));
    var serial = site.enrolled("pump-1").serial().value();

    assertThat(answer(site, ask(site, serial)).says()).containsExactly("malformedRequest");
    assertThat(site.responder().remembered(ask(site, serial).der())).isEmpty();
    assertThat(answer(site, ask(site, serial).nonce(new byte[1])).says()).containsExactly("good");
  }

  @Test
  @Tag("O06")
  void aSerialThatWasNeverIssuedCanBeRevokedSince1970AndTheAnswerSaysWhy() throws Exception {
    var site = site(new Rules(Nonces.ECHO, NeverIssued.REVOKED, USUAL.retention(), false, true));

    var heard = answer(site, ask(site, NEVER_ISSUED));

    assertThat(heard.says()).containsExactly("revoked");
    var info = RevokedInfo.getInstance(heard.singles().getFirst().getCertStatus().getStatus());
    assertThat(info.getRevocationTime().getTimeString()).isEqualTo("19700101000000Z");
    assertThat(info.getRevocationReason().getValue()).isEqualTo(6);
    var extension =
        heard
            .basic()
            .getTbsResponseData()
            .getResponseExtensions()
            .getExtension(new ASN1ObjectIdentifier("1.3.6.1.5.5.7.48.1.9"));
    assertThat(extension.isCritical()).isFalse();
    assertThat(extension.getParsedValue()).isEqualTo(DERNull.INSTANCE);
    assertThat(site.alarms()).containsExactly(NEVER_ISSUED);
    assertThat(site.responder().remembered(ask(site, NEVER_ISSUED).der())).isEmpty();
  }

  @Test
  @Tag("O06")
  void whoIsAskedAboutRealCertificatesOnlyDoesNotSpeakOfNeverIssuedOnes() {
    var site = site(new Rules(Nonces.ECHO, NeverIssued.REVOKED, USUAL.retention(), false, true));
    var pump = site.enrolled("pump-1");

    assertThat(
            answer(site, ask(site, pump.serial().value()))
                .basic()
                .getTbsResponseData()
                .getResponseExtensions())
        .isNull();
    var reserved = site.reserved("pump-2");
    assertThat(answer(site, ask(site, reserved.value())).says()).containsExactly("unknown");
  }

  @Test
  @Tag("O09")
  void anExpiredCertificateIsAnsweredForUntilItsRetentionIsOver() {
    var site = site(USUAL);
    var pump = site.enrolled("pump-1");
    var hose = site.enrolled("hose-1");
    site.revoke(hose, RevocationReason.SUPERSEDED);
    var both = ask(site, pump.serial().value(), hose.serial().value());
    renewTheSignerAt(site, pump.notAfter().plus(USUAL.retention()).minusSeconds(60));

    assertThat(answer(site, ask(site, pump.serial().value())).says()).containsExactly("good");
    assertThat(answer(site, both).says()).containsExactly("good", "revoked");
    assertThat(site.responder().remembered(ask(site, pump.serial().value()).der())).isPresent();

    clock.advance(Duration.ofSeconds(61));
    assertThat(site.responder().remembered(ask(site, pump.serial().value()).der())).isEmpty();
    assertThat(answer(site, ask(site, pump.serial().value())).says())
        .containsExactly("unauthorized");
    assertThat(answer(site, both).says()).containsExactly("unauthorized");
  }

  @Test
  @Tag("O09")
  void theArchiveCutoffIsSaidIfItIsAskedFor() throws Exception {
    var site = site(new Rules(Nonces.ECHO, NeverIssued.UNKNOWN, Duration.ofDays(7), true, true));
    var serial = site.enrolled("pump-1").serial().value();

    var single = answer(site, ask(site, serial)).singles().getFirst();

    var cutoff =
        single
            .getSingleExtensions()
            .getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_archive_cutoff);
    assertThat(ASN1GeneralizedTime.getInstance(cutoff.getParsedValue()).getTimeString())
        .isEqualTo("20261116120000Z");
    var usual = site(USUAL);
    var pump = usual.enrolled("pump-1").serial().value();
    assertThat(answer(usual, ask(usual, pump)).singles().getFirst().getSingleExtensions()).isNull();
  }

  @Test
  @Tag("O08")
  void aHoldIsRevokedWithItsReasonAndGoodAgainAfterItsRelease() {
    var site = site(USUAL);
    var pump = site.enrolled("pump-1");
    var about = ask(site, pump.serial().value());
    assertThat(answer(site, about).says()).containsExactly("good");

    site.revoke(pump, RevocationReason.CERTIFICATE_HOLD);
    var held = answer(site, about);
    assertThat(held.says()).containsExactly("revoked");
    assertThat(reason(held)).isEqualTo(6);

    site.release(pump);
    assertThat(answer(site, about).says()).containsExactly("good");
  }

  @Test
  @Tag("O19")
  void whatARevokedAuthorityIssuedIsRevokedAtOnce() {
    var site = site(USUAL);
    var pump = site.enrolled("pump-1");
    var hose = site.enrolled("hose-1");
    var held = site.enrolled("held-1");
    site.revoke(hose, RevocationReason.CESSATION_OF_OPERATION);
    site.revoke(held, RevocationReason.CERTIFICATE_HOLD);
    var about = ask(site, pump.serial().value());
    assertThat(answer(site, about).says()).containsExactly("good");
    clock.advance(Duration.ofHours(1));

    site.revokeTheIssuingCa(RevocationReason.CA_COMPROMISE);

    assertThat(site.responder().remembered(about.der())).isEmpty();
    assertSays(answer(site, about), 2, "20261123130000Z");
    assertSays(answer(site, ask(site, hose.serial().value())), 5, "20261123120000Z");
    assertSays(answer(site, ask(site, held.serial().value())), 2, "20261123130000Z");
    assertThat(answer(site, ask(site, NEVER_ISSUED)).says()).containsExactly("unknown");
    assertThat(site.responder().remembered(about.der())).isPresent();
  }

  @Test
  @Tag("O19")
  void aRevokedAuthorityWhoseRevocationNobodyHeardOfIsSeenWithinASecond() {
    var site = site(USUAL);
    var pump = site.enrolled("pump-1");
    var hose = site.enrolled("hose-1");
    assertThat(answer(site, ask(site, pump.serial().value())).says()).containsExactly("good");
    site.hearNothing();
    site.revokeTheIssuingCa(RevocationReason.KEY_COMPROMISE);

    clock.advance(Duration.ofSeconds(1));

    assertThat(answer(site, ask(site, hose.serial().value())).says()).containsExactly("revoked");
  }

  @Test
  @Tag("O19")
  void withoutTheCascadeALeafKeepsItsOwnStatus() {
    var site = site(new Rules(Nonces.ECHO, NeverIssued.UNKNOWN, USUAL.retention(), false, false));
    var pump = site.enrolled("pump-1");

    site.revokeTheIssuingCa(RevocationReason.CA_COMPROMISE);

    assertThat(answer(site, ask(site, pump.serial().value())).says()).containsExactly("good");
  }

  @Test
  @Tag("O21")
  void aSourceThatAskedForTooMuchIsToldToTryLaterAndStillGetsWhatIsRemembered() throws Exception {
    var site = StatusSite.open(clock);
    try (var http = HttpClient.newHttpClient()) {
      var left = new AtomicInteger(1);
      site.limit(_ -> left.getAndDecrement() > 0);
      var pump = ask(site, site.enrolled("pump-1").serial().value());
      var hose = ask(site, site.enrolled("hose-1").serial().value());
      var said = List.of(post(http, site, pump), post(http, site, hose), post(http, site, pump));

      assertThat(said).containsExactly(List.of("good"), List.of("tryLater"), List.of("good"));
      assertThat(site.count("nameplate.ocsp.limited", "limit", "source")).isOne();
    } finally {
      site.close();
    }
  }

  private StatusSite site(Rules rules) {
    return StatusSite.at(clock, OcspSettings.DEFAULT.with(rules));
  }

  private static Rules nonces(Nonces nonces) {
    return new Rules(nonces, NeverIssued.UNKNOWN, USUAL.retention(), false, true);
  }

  private void renewTheSignerAt(StatusSite site, Instant when) {
    clock.set(when);
    site.signWith(site.renewedSigner());
  }

  private static Ask ask(StatusSite site, BigInteger... serials) {
    return Ask.about(issuer(site), serials);
  }

  private static Issuer issuer(StatusSite site) {
    return site.pki().issuing().issuer();
  }

  private static Heard answer(StatusSite site, Ask ask) {
    return Heard.of(site.responder().answer(ask.der()));
  }

  private static List<String> post(HttpClient http, StatusSite site, Ask ask) throws Exception {
    var request =
        HttpRequest.newBuilder(site.uri("/ocsp"))
            .header("Content-Type", "application/ocsp-request")
            .POST(BodyPublishers.ofByteArray(ask.der()));
    return Heard.of(http.send(request.build(), BodyHandlers.ofByteArray()).body()).says();
  }

  private static int reason(Heard heard) {
    return RevokedInfo.getInstance(heard.singles().getFirst().getCertStatus().getStatus())
        .getRevocationReason()
        .getValue()
        .intValueExact();
  }

  private static void assertSays(Heard heard, int reason, String since) {
    assertThat(heard.says()).containsExactly("revoked");
    assertThat(reason(heard)).isEqualTo(reason);
    assertThat(
            RevokedInfo.getInstance(heard.singles().getFirst().getCertStatus().getStatus())
                .getRevocationTime()
                .getTimeString())
        .isEqualTo(since);
  }
}
