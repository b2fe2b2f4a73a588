package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.enrollment.Stop;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.x509.KeyType;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Simple enrollment.
final class Rfc7030Section421Test {

  private final EstFixture est = EstFixture.start();

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  void e2TheAnswerIsTheCertificateAndNothingElse() throws Exception {
    var device = FakeDevice.fresh("e2");
    var secret = est.register("e2");
    try (var client = EstClient.anonymous(est)) {
      var answer = client.enroll(device.csr(), "e2", secret);

      assertThat(answer.header("Content-Type"))
          .contains("application/pkcs7-mime; smime-type=certs-only");
      assertThat(answer.certificates()).hasSize(1);
      var certificate = answer.certificate();
      assertThat(certificate.publicKey()).isEqualTo(device.key().publicKey());
      assertThat(certificate.isSignedBy(est.issuing.publicKey())).isTrue();
      assertThat(est.store.findByFingerprint(certificate.sha256()))
          .hasValueSatisfying(
              record -> assertThat(record.state()).isEqualTo(CertificateState.ISSUED));
    }
  }

  @ParameterizedTest
  @EnumSource
  void e1EveryKindOfSoundKeyIsCertified(KeyType type) throws Exception {
    var device = FakeDevice.with("e1", SoftwareKey.generate(type));
    var secret = est.register("e1");
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.enroll(device, secret).publicKey()).isEqualTo(device.key().publicKey());
    }
  }

  @Test
  void e3ARequestThatAsksForMoreGetsNoneOfIt() throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var secret = est.register("e3");
    try (var client = EstClient.anonymous(est)) {
      var certificate =
          client.enroll(Requests.greedy("bank.example", key), "e3", secret).certificate();

      assertThat(certificate.subject().commonName()).contains("e3");
      assertThat(certificate.subject().toString()).isEqualTo("cn=e3");
      assertThat(certificate.subjectAltName()).isEmpty();
      assertThat(certificate.isAuthority()).isFalse();
    }
  }

  @Test
  void e7AValidCertificateEnrollsToo() throws Exception {
    var device = est.enrolled("e7");
    try (var client = EstClient.of(est, device)) {
      var certificate =
          client.post("simpleenroll", Requests.oneLine(device.rekeyed().csr())).certificate();

      assertThat(certificate.subject()).isEqualTo(device.certificate().subject());
    }
  }

  @Test
  void e12ALostAnswerIsGivenAgainByteForByteThoughTheSecretIsSpent() throws Exception {
    var device = FakeDevice.fresh("e12");
    var secret = est.register("e12");
    byte[] csr = device.csr();
    try (var client = EstClient.anonymous(est);
        var retry = EstClient.anonymous(est)) {
      var lost = client.enroll(csr, "e12", secret);
      var again = retry.enroll(csr, "e12", secret);
      var signedAgain = retry.enroll(device.csr(), "e12", secret);

      assertThat(again.status()).isEqualTo(200);
      assertThat(again.text()).isEqualTo(lost.text());
      assertThat(signedAgain.text()).isEqualTo(lost.text());
      assertThat(est.audited(AuditEvent.Issued.class))
          .filteredOn(event -> event.contains("device:e12"))
          .hasSize(1);
    }
  }

  @Test
  void e12AnythingElseWithASpentSecretIsRefused() throws Exception {
    var device = FakeDevice.fresh("e12-spent");
    var secret = est.register("e12-spent");
    try (var client = EstClient.anonymous(est)) {
      client.enroll(device, secret);

      var answer = client.enroll(device.rekeyed().csr(), "e12-spent", secret);

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo("Refused: the enrollment secret is spent; a new one is needed.\n");
      assertThat(client.enroll(device.csr(), "e12-spent", secret).status()).isEqualTo(200);
    }
  }

  @Test
  @Tag("E13")
  void e12TheSameRequestThatIsStillAtWorkIsAskedToComeAgain() throws Exception {
    var device = FakeDevice.fresh("e12-busy");
    var secret = est.register("e12-busy");
    byte[] csr = device.csr();
    var whileAtWork = new AtomicReference<EstClient.Answer>();
    est.stops =
        (stop, _) -> {
          if (stop == Stop.RESERVED) {
            whileAtWork.set(enrollAnew(csr, "e12-busy", secret));
          }
        };

    var answer = enrollAnew(csr, "e12-busy", secret);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(whileAtWork.get().status()).isEqualTo(503);
    assertThat(whileAtWork.get().header("Retry-After")).contains("2");
  }

  @Test
  void s12ADeviceThatIsRetiredWhileItsCertificateIsBeingSignedDoesNotGetIt() throws Exception {
    var device = FakeDevice.fresh("s12-between");
    var secret = est.register("s12-between");
    est.stops =
        (stop, _) -> {
          if (stop == Stop.SIGNED) {
            est.retire("s12-between");
          }
        };

    var answer = enrollAnew(device.csr(), "s12-between", secret);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("was retired");
    assertThat(est.store.list(CertificateQuery.ofOwner(new DeviceId("s12-between").owner())))
        .extracting(CertificateRecord::state)
        .containsExactly(CertificateState.ABANDONED);
  }

  @Test
  void a11OneSecretThatIsShownManyTimesAtOnceGivesOneCertificate() throws Exception {
    var secret = est.register("a11");
    var answers = new ArrayList<Future<EstClient.Answer>>();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 32; i++) {
        byte[] csr = FakeDevice.fresh("a11").csr();
        answers.add(threads.submit(() -> enrollAnew(csr, "a11", secret)));
      }
    }

    var statuses = new ArrayList<Integer>();
    for (var answer : answers) {
      statuses.add(answer.get().status());
    }
    assertThat(statuses).containsOnly(200, 403).containsOnlyOnce(200);
  }

  @Test
  void anExpiredSecretIsRefused() throws Exception {
    var secret = est.register("late");
    est.clock.advance(Duration.ofHours(25));
    try (var client = EstClient.anonymous(est)) {
      var answer = client.enroll(FakeDevice.fresh("late").csr(), "late", secret);

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).startsWith("Refused: the enrollment secret expired at");
    }
  }

  @Test
  void e1AKeyOfAnotherDeviceIsAConflict() throws Exception {
    var device = est.enrolled("e1-first");
    var secret = est.register("e1-second");
    try (var client = EstClient.anonymous(est)) {
      var answer = client.enroll(Requests.of("e1-second", device.key()), "e1-second", secret);

      assertThat(answer.status()).isEqualTo(409);
      assertThat(answer.text())
          .isEqualTo("Refused: this public key belongs to another owner; make a new key.\n");
    }
  }

  @Test
  void e1AKeyTypeThatTheProfileDoesNotWantIsRefused() throws Exception {
    var secret = est.register("e1-type", TestProfiles.SENSOR);
    var csr = FakeDevice.fresh("e1-type").csr();
    try (var client = EstClient.anonymous(est)) {
      var answer =
          client.post(
              "sensor/simpleenroll",
              Requests.oneLine(csr),
              "Authorization: " + EstFixture.basic("e1-type", secret.text()));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).isEqualTo("Refused: profile sensor does not allow ec-p256 keys.\n");
      assertThat(
              est.meters
                  .get("nameplate.est.refusals")
                  .tag("reason", "key_type_not_allowed")
                  .counter()
                  .count())
          .isEqualTo(1);
    }
  }

  @Test
  @Tag("E13")
  void e13WhenTheTokenIsAwayNothingIsIssuedAndTheDeviceIsAskedToComeAgain() throws Exception {
    var device = FakeDevice.fresh("e13");
    var secret = est.register("e13");
    try (var client = EstClient.anonymous(est)) {
      est.issuingKey.unplug();
      var away = client.enroll(device.csr(), "e13", secret);
      assertThat(away.status()).isEqualTo(503);
      assertThat(away.header("Retry-After")).contains("5");
      assertThat(away.text()).isEqualTo("The server cannot answer now, please ask again.\n");

      est.issuingKey.plugBackIn();
      // the secret was spent on exactly this request
      assertThat(client.enroll(device.csr(), "e13", secret).status()).isEqualTo(200);
    }
  }

  @Test
  void e13ATokenThatLiesIsNotBelieved() throws Exception {
    var device = FakeDevice.fresh("e13-lie");
    var secret = est.register("e13-lie");
    est.issuingKey.lie();
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.enroll(device.csr(), "e13-lie", secret).status()).isEqualTo(503);
    }
  }

  @Test
  void u9WhatIsNoRequestIsTheClientsFault() throws Exception {
    assertThat(refusal("!".getBytes(US_ASCII)))
        .isEqualTo("The request body is not base64: it has a byte 0x21 in it.\n");
    assertThat(refusal("AAAA".getBytes(US_ASCII)))
        .isEqualTo(
            "Not acceptable as a request: not a PKCS#10 certification request in DER: "
                + "1 bytes behind its end.\n");
    assertThat(refusal(new byte[0])).isEqualTo("The request has no body.\n");
    assertThat(refusal(Requests.oneLine(Requests.nested(4000)))).startsWith("Not acceptable");
  }

  @Test
  void e1PossessionIsProvenOrThereIsNoCertificate() throws Exception {
    var other = SoftwareKey.generate(KeyType.EC_P256);
    var foreign = SubjectPublicKeyInfo.getInstance(other.publicKey().spki().toByteArray());

    assertThat(
            refusal(
                Requests.oneLine(Requests.withKey(foreign, SoftwareKey.generate(KeyType.EC_P256)))))
        .isEqualTo(
            "Not acceptable as a request: the signature does not prove possession of the key.\n");
  }

  @Test
  void e1HostileKeysAreRefusedBeforeAnybodyComputesWithThem() throws Exception {
    var started = System.nanoTime();

    assertThat(refusal(rsa(16_384, 65_537))).startsWith("Not acceptable");
    assertThat(refusal(rsa(1024, 65_537))).contains("an RSA key of 1024 bits");
    assertThat(refusal(rsa(2048, 3))).contains("an RSA exponent other than 65537");
    assertThat(refusal(explicitCurve())).contains("explicit");
    assertThat(refusal(offCurve())).contains("not on its curve");

    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(5));
  }

  /// Section 3.5: what is in the request has to be verified, so that what cannot be is refused.
  /// Enrolls on a connection of its own.
  private EstClient.Answer enrollAnew(byte[] csr, String user, IssuedSecret secret) {
    try (var client = EstClient.anonymous(est)) {
      return client.enroll(csr, user, secret);
    } catch (Exception broken) {
      throw new IllegalStateException(broken);
    }
  }

  /// The text of the 400 that this body gets from somebody who is let in.
  private String refusal(byte[] body) throws Exception {
    var device = est.enrolled("x" + est.audited(AuditEvent.OwnerRegistered.class).size());
    try (var client = EstClient.of(est, device)) {
      var answer = client.post("simpleenroll", body);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.header("Content-Type").orElseThrow()).startsWith("text/plain");
      return answer.text();
    }
  }

  private static byte[] rsa(int bits, int exponent) throws Exception {
    var modulus = BigInteger.ONE.shiftLeft(bits - 1).setBit(0);
    return hostile(
        new SubjectPublicKeyInfo(
            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
            new RSAPublicKey(modulus, BigInteger.valueOf(exponent))));
  }

  private static byte[] explicitCurve() {
    X9ECParameters curve = SECNamedCurves.getByOID(SECObjectIdentifiers.secp256r1);
    return hostile(
        new SubjectPublicKeyInfo(
            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve),
            curve.getG().getEncoded(false)));
  }

  private static byte[] offCurve() {
    byte[] point = SECNamedCurves.getByOID(SECObjectIdentifiers.secp256r1).getG().getEncoded(false);
    point[64] ^= 1;
    return hostile(
        new SubjectPublicKeyInfo(
            new AlgorithmIdentifier(
                X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1),
            point));
  }

  private static byte[] hostile(SubjectPublicKeyInfo key) {
    return Base64.getEncoder().encode(Requests.withKey(key, SoftwareKey.generate(KeyType.EC_P256)));
  }
}
