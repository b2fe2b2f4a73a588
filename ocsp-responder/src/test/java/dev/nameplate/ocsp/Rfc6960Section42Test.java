package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// RFC 6960 section 4.2 and section 2: what is answered.
class Rfc6960Section42Test {

  private static final BigInteger NEVER_ISSUED = new BigInteger("5eaf00d5", 16);

  private final FakeClock clock = new FakeClock(Instant.parse("2026-11-23T12:00:00.987654Z"));
  private final StatusSite site = StatusSite.at(clock);
  private final Issuer issuer = site.pki().issuing().issuer();

  @Test
  @Tag("O06")
  void goodIsSaidOfWhatWasIssuedHere() throws Exception {
    var pump = site.enrolled("pump-1");

    var heard = ask(Ask.about(issuer, pump.serial().value()));

    assertThat(heard.says()).containsExactly("good");
    assertThat(heard.isSignedBy(site.pki().ocspKey().publicKey())).isTrue();
    assertThat(heard.signer()).isEqualTo(site.pki().ocspSigner());
    assertThat(site.alarms()).isEmpty();
  }

  @Test
  @Tag("O08")
  void revokedCarriesTheRealTimeAndReason() throws Exception {
    var pump = site.enrolled("pump-1");
    site.revoke(pump, RevocationReason.KEY_COMPROMISE);
    clock.advance(Duration.ofHours(3));

    var heard = ask(Ask.about(issuer, pump.serial().value()));

    assertThat(heard.says()).containsExactly("revoked");
    var info = RevokedInfo.getInstance(heard.singles().getFirst().getCertStatus().getStatus());
    assertThat(info.getRevocationTime().getTimeString()).isEqualTo("20261123120000Z");
    assertThat(info.getRevocationReason().getValue()).isEqualTo(1);
  }

  @Test
  void anUnspecifiedReasonIsNotSent() {
    var pump = site.enrolled("pump-1");
    site.revoke(pump, RevocationReason.UNSPECIFIED);

    var heard = ask(Ask.about(issuer, pump.serial().value()));

    var info = RevokedInfo.getInstance(heard.singles().getFirst().getCertStatus().getStatus());
    assertThat(info.getRevocationReason()).isNull();
  }

  @Test
  void anAbandonedSerialIsRevokedForASignatureMayExist() {
    var serial = site.reserved("pump-1");
    site.store().abandon(site.pki().issuing().id(), serial, clock.instant(), "test");

    assertThat(ask(Ask.about(issuer, serial.value())).says()).containsExactly("revoked");
    assertThat(site.alarms()).isEmpty();
  }

  @Test
  void aReservedSerialIsUnknownWithoutAnAlarm() {
    var serial = site.reserved("pump-1");

    assertThat(ask(Ask.about(issuer, serial.value())).says()).containsExactly("unknown");
    assertThat(site.alarms()).isEmpty();
    assertThat(site.count("nameplate.ocsp.never.issued")).isZero();
  }

  @Test
  @Tag("O06")
  void aSerialThatWasNeverIssuedIsUnknownAndAnAlarm() {
    assertThat(ask(Ask.about(issuer, NEVER_ISSUED)).says()).containsExactly("unknown");

    assertThat(site.alarms()).containsExactly(NEVER_ISSUED);
    assertThat(site.count("nameplate.ocsp.never.issued")).isOne();
    assertThat(site.count("nameplate.ocsp.responses", "status", "unknown")).isOne();
  }

  @Test
  void aNumberThatCanBeNoSerialIsUnknownAndAnAlarm() {
    var huge = BigInteger.ONE.shiftLeft(2000);
    var negative = BigInteger.valueOf(-4711);

    assertThat(ask(Ask.about(issuer, BigInteger.ZERO, negative, huge)).says())
        .containsExactly("unknown", "unknown", "unknown");
    assertThat(site.alarms()).containsExactly(BigInteger.ZERO, negative, huge);
  }

  @Test
  @Tag("O05")
  void aForeignIssuerIsUnauthorizedAndNothingIsSigned() {
    var foreign =
        new Issuer(issuer.name(), SoftwareSigningKey.generate(KeyType.EC_P256).publicKey());
    long before = site.pki().ocspKey().signatures();

    assertThat(ask(Ask.about(foreign, NEVER_ISSUED)).says()).containsExactly("unauthorized");
    assertThat(site.pki().ocspKey().signatures()).isEqualTo(before);
    assertThat(site.alarms()).isEmpty();
  }

  @Test
  @Tag("O04")
  void twoIssuersOfOneNameNeverMix() {
    var other = StatusSite.at(clock);
    var otherIssuer = other.pki().issuing().issuer();
    var pump = site.enrolled("pump-1");
    site.signWith(site.signer(), other.signer());

    assertThat(otherIssuer.name()).isEqualTo(issuer.name());
    assertThat(ask(Ask.about(issuer, pump.serial().value())).says()).containsExactly("good");
    assertThat(ask(Ask.about(otherIssuer, pump.serial().value())).says())
        .doesNotContain("good", "revoked");
  }

  @Test
  @Tag("O16")
  void severalCertificatesAreAnsweredInOrder() {
    var good = site.enrolled("pump-1").serial().value();
    var revoked = site.enrolled("pump-2");
    site.revoke(revoked, RevocationReason.SUPERSEDED);

    var heard = ask(Ask.about(issuer, NEVER_ISSUED, good, revoked.serial().value(), good));

    assertThat(heard.says()).containsExactly("unknown", "good", "revoked", "good");
    assertThat(heard.serials()).containsExactly(NEVER_ISSUED, good, revoked.serial().value(), good);
  }

  @Test
  @Tag("O16")
  void aRequestThatMixesIssuersIsUnauthorized() {
    var pump = site.enrolled("pump-1").serial().value();
    var root = site.pki().root().issuer();

    assertThat(ask(Ask.about(issuer, pump).and(root, CertIdHash.SHA1, BigInteger.ONE)).says())
        .containsExactly("unauthorized");
  }

  @ParameterizedTest
  @Tag("O03")
  @EnumSource
  void theAnswerRepeatsTheCertIdOfTheRequest(CertIdHash hash) {
    var serial = site.enrolled("pump-1").serial().value();

    var heard = ask(new Ask().and(issuer, hash, serial));

    assertThat(heard.says()).containsExactly("good");
    assertThat(heard.singles().getFirst().getCertID()).isEqualTo(Ask.certId(issuer, hash, serial));
    assertThat(site.count("nameplate.ocsp.certid.hash", "alg", hash.text())).isOne();
  }

  @Test
  @Tag("O10")
  void theNonceComesBackAsItWas() throws Exception {
    var nonce = "sixteen octets..".getBytes(StandardCharsets.US_ASCII);
    var serial = site.enrolled("pump-1").serial().value();

    var extensions =
        ask(Ask.about(issuer, serial).nonce(nonce))
            .basic()
            .getTbsResponseData()
            .getResponseExtensions();

    assertThat(
            extensions
                .getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce)
                .getParsedValue()
                .toASN1Primitive()
                .getEncoded())
        .endsWith(nonce)
        .hasSize(18);
    assertThat(ask(Ask.about(issuer, serial)).basic().getTbsResponseData().getResponseExtensions())
        .isNull();
  }

  @Test
  @Tag("O14")
  void theResponderIsNamedByItsKeyAndTimesAreWholeSeconds() {
    var serial = site.enrolled("pump-1").serial().value();

    var heard = ask(Ask.about(issuer, serial));

    var data = heard.basic().getTbsResponseData();
    assertThat(data.getResponderID().getKeyHash())
        .isEqualTo(CertIdHash.SHA1.digest(site.pki().ocspKey().publicKey().keyBits()));
    assertThat(data.getProducedAt().getTimeString()).isEqualTo("20261123120000Z");
    var single = heard.singles().getFirst();
    assertThat(single.getThisUpdate().getTimeString()).isEqualTo("20261123120000Z");
    assertThat(single.getNextUpdate().getTimeString()).isEqualTo("20261124000000Z");
  }

  @Test
  @Tag("O13")
  void noAnswerOutlivesItsSigner() {
    var serial = site.enrolled("pump-1").serial().value();
    var signerEnds = site.pki().ocspSigner().notAfter();
    clock.set(signerEnds.minus(Duration.ofHours(1)));

    var single = ask(Ask.about(issuer, serial)).singles().getFirst();

    assertThat(Instant.parse(iso(single.getNextUpdate().getTimeString()))).isEqualTo(signerEnds);
  }

  @Test
  @Tag("O11")
  void aSignerThatIsNotValidNowDoesNotSign() {
    var serial = site.enrolled("pump-1").serial().value();

    clock.set(site.pki().ocspSigner().notAfter().plusSeconds(1));
    assertThat(ask(Ask.about(issuer, serial)).says()).containsExactly("tryLater");
    clock.set(site.pki().ocspSigner().notBefore().minusSeconds(1));
    assertThat(ask(Ask.about(issuer, serial)).says()).containsExactly("tryLater");
  }

  @Test
  @Tag("O11")
  void aSignerThatIsRevokedDoesNotSign() {
    var serial = site.enrolled("pump-1").serial().value();
    site.revoke(site.pki().ocspSigner(), RevocationReason.KEY_COMPROMISE);

    assertThat(ask(Ask.about(issuer, serial)).says()).containsExactly("tryLater");
  }

  @Test
  @Tag("O11")
  void whatIsNoDelegatedSignerOfThisIssuerIsRefusedAtOnce() {
    var device = FakeDevice.named("pump-1");
    var deviceCertificate = site.pki().enrolled(device);
    var other = StatusSite.at(clock);

    assertThatThrownBy(() -> OcspSigner.of(issuer, deviceCertificate, device.key()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("OCSPSigning");
    assertThatThrownBy(() -> OcspSigner.of(issuer, other.pki().ocspSigner(), other.pki().ocspKey()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("was not issued by");
    assertThatThrownBy(() -> OcspSigner.of(issuer, site.pki().ocspSigner(), device.key()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another key");
  }

  @Test
  @Tag("O18")
  void whenKeyOrStoreIsAwayTheAnswerIsTryLaterUntilItIsBack() {
    var pump = Ask.about(issuer, site.enrolled("pump-1").serial().value());
    var valve = Ask.about(issuer, site.enrolled("valve-1").serial().value());

    site.pki().ocspKey().unplug();
    assertThat(ask(pump).says()).containsExactly("tryLater");
    site.pki().ocspKey().plugBackIn();
    assertThat(ask(pump).says()).containsExactly("good");

    site.takeStoreAway();
    assertThat(ask(valve).says()).containsExactly("tryLater");
    site.bringStoreBack();
    clock.advance(Duration.ofSeconds(1));
    assertThat(ask(valve).says()).containsExactly("good");
    assertThat(site.count("nameplate.ocsp.responses", "status", "tryLater")).isEqualTo(2);
  }

  @Test
  void aLyingKeyGetsNoAnswerOut() {
    var pump = Ask.about(issuer, site.enrolled("pump-1").serial().value());
    site.pki().ocspKey().lie();

    assertThat(ask(pump).says()).containsExactly("tryLater");
  }

  @Test
  @Tag("O02")
  void aMalformedRequestCostsNeitherStoreNorKey() {
    site.takeStoreAway();
    long before = site.pki().ocspKey().signatures();
    var serials = new BigInteger[17];
    Arrays.fill(serials, NEVER_ISSUED);

    assertThat(ask(Ask.about(issuer, serials)).says()).containsExactly("malformedRequest");
    assertThat(Heard.of(site.responder().answer(new byte[] {1, 2, 3})).says())
        .containsExactly("malformedRequest");
    assertThat(site.pki().ocspKey().signatures()).isEqualTo(before);
    assertThat(site.count("nameplate.ocsp.responses", "status", "malformedRequest")).isEqualTo(2);
  }

  @Test
  void ourOwnMistakeIsAnInternalError() {
    site.signersAreBroken();

    assertThat(ask(Ask.about(issuer, NEVER_ISSUED)).says()).containsExactly("internalError");
  }

  @Test
  void ofTwoSignersTheNewerOneSignsOnceItIsValid() throws Exception {
    var pump = Ask.about(issuer, site.enrolled("pump-1").serial().value());
    var old = site.signer();
    clock.advance(Duration.ofDays(10));
    var renewed = site.renewedSigner();
    site.signWith(old, renewed);

    assertThat(ask(pump).signer()).isEqualTo(renewed.certificate());
    clock.set(renewed.certificate().notBefore().minusSeconds(1));
    assertThat(ask(pump).signer()).isEqualTo(old.certificate());
  }

  @Test
  void ofTwoSignersMadeInTheSameSecondTheLaterOneSigns() throws Exception {
    var pump = Ask.about(issuer, site.enrolled("pump-1").serial().value());
    var old = site.signer();
    var renewed = site.renewedSigner();
    assertThat(renewed.certificate().notAfter()).isEqualTo(old.certificate().notAfter());
    site.signWith(old, renewed);

    assertThat(ask(pump).signer()).isEqualTo(renewed.certificate());
  }

  @Test
  void anIssuerWithoutSignerHereIsForeign() {
    site.signWith();

    assertThat(ask(Ask.about(issuer, NEVER_ISSUED)).says()).containsExactly("unauthorized");
  }

  private Heard ask(Ask ask) {
    return Heard.of(site.responder().answer(ask.der()));
  }

  private static String iso(String generalizedTime) {
    return generalizedTime.replaceFirst(
        "(\\d{4})(\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)(\\d\\d)Z", "$1-$2-$3T$4:$5:$6Z");
  }
}
