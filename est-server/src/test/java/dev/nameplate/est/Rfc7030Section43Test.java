package dev.nameplate.est;

import static dev.nameplate.est.FullPkiRequests.certify;
import static dev.nameplate.est.FullPkiRequests.post;
import static dev.nameplate.est.FullPkiRequests.said;
import static dev.nameplate.est.FullPkiRequests.signed;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.CsrAttribute;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cmc.CMCFailInfo;
import org.bouncycastle.asn1.cmc.CMCStatus;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/// Full CMC: who is let in, and how it is said in HTTP.
@Tag("F1")
final class Rfc7030Section43Test {

  private final EstFixture est = EstFixture.start();

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  void aDeviceGetsItsNextCertificateByASignedMessage() throws Exception {
    var pump = est.enrolled("pump-0017");
    var rekeyed = pump.rekeyed();
    try (var client = EstClient.of(est, pump)) {
      var answer = post(client, "fullcmc", signed(certify(rekeyed.csr()), pump));

      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(answer.header("Content-Type")).contains(FullPkiRequests.CERTS_ONLY);
      assertThat(answer.certificates())
          .singleElement()
          .satisfies(issued -> {
            assertThat(issued.publicKey()).isEqualTo(rekeyed.key().publicKey());
            assertThat(issued.subject()).hasToString("cn=pump-0017");
          });
    }
  }

  @Test
  void theSameMessageAgainGetsTheSameCertificate() throws Exception {
    var pump = est.enrolled("pump-0017");
    var message = signed(certify(pump.rekeyed().csr()), pump);
    try (var client = EstClient.of(est, pump)) {
      var first = post(client, "device/fullcmc", message).certificate();

      assertThat(post(client, "device/fullcmc", message).certificate()).isEqualTo(first);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      mode = Mode.INCLUDE,
      names = {"RSA_2048", "EC_P256", "EC_P384", "EC_P521", "ED25519"})
  void everyKeyThatTlsKnowsCanSign(KeyType type) throws Exception {
    var pump = FakeDevice.with("pump-0017", SoftwareKey.generate(type));
    try (var client = EstClient.anonymous(est)) {
      pump.install(client.enroll(pump, est.register("pump-0017")));
    }
    try (var client = EstClient.of(est, pump)) {
      var answer = post(client, "fullcmc", signed(certify(pump.rekeyed().csr()), pump));

      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }
  }

  @Test
  @Tag("S11")
  void aStationEnrollsADeviceThatItNames() throws Exception {
    var line = est.station("line-1", TestProfiles.STATION, Set.of("found"));
    var valve = FakeDevice.fresh("valve-7");
    try (var client = EstClient.of(est, line)) {
      var answer = post(client, "found/fullcmc", signed(certify(valve.csr()), line));

      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      assertThat(answer.certificate().publicKey()).isEqualTo(valve.key().publicKey());
      assertThat(answer.certificate().subject()).hasToString("cn=valve-7");
    }
    assertThat(est.audited(AuditEvent.Issuing.class).getLast())
        .contains("device:valve-7", "station:" + line.certificate().sha256());
  }

  @Test
  @Tag("S11")
  void aStationThatDoesNotWorkForTheLabelEnrollsNobodyThere() throws Exception {
    var line = est.station("line-1", TestProfiles.STATION, Set.of("made"));
    try (var client = EstClient.of(est, line)) {
      var csr = FakeDevice.fresh("valve-7").csr();
      var answer = post(client, "found/fullcmc", signed(certify(csr), line));

      refused(answer, 403, CMCFailInfo.badIdentity, "does not enroll devices for found");
      assertThat(said(answer).part()).isEqualTo(1);
    }
  }

  @Test
  void withoutAClientCertificateTheSignatureAloneLetsNobodyIn() throws Exception {
    var pump = est.enrolled("pump-0017");
    try (var client = EstClient.anonymous(est)) {
      var answer = post(client, "fullcmc", signed(certify(pump.rekeyed().csr()), pump));

      refused(answer, 403, CMCFailInfo.badIdentity, "this needs a client certificate");
    }
  }

  @Test
  void whoSignedMustBeWhoConnected() throws Exception {
    var pump = est.enrolled("pump-0017");
    var other = est.enrolled("pump-0018");
    try (var client = EstClient.of(est, pump)) {
      var answer = post(client, "fullcmc", signed(certify(pump.rekeyed().csr()), other));

      refused(answer, 403, CMCFailInfo.badIdentity, "says that it was signed by another");
    }
  }

  @Test
  void aSignatureOfAnotherKeyInTheRightNameIsNone() throws Exception {
    var pump = est.enrolled("pump-0017");
    var message =
        signed(
            certify(pump.rekeyed().csr()),
            SoftwareKey.generate(KeyType.EC_P256),
            pump.certificate());
    try (var client = EstClient.of(est, pump)) {
      var answer = post(client, "fullcmc", message);

      refused(answer, 400, CMCFailInfo.badMessageCheck, "not that of the client certificate's key");
    }
    assertThat(est.audited(AuditEvent.Refused.class).getLast()).contains("device:pump-0017");
  }

  @Test
  void aCertificateThatIsNotOursLetsNobodyIn() throws Exception {
    var stranger = FakeDevice.fresh("pump-0017");
    stranger.install(Strangers.selfSigned(stranger));
    try (var client = EstClient.of(est, stranger)) {
      var answer = post(client, "fullcmc", signed(certify(stranger.csr()), stranger));

      refused(answer, 403, CMCFailInfo.badIdentity, "was not issued here");
    }
  }

  @Test
  @Tag("S12")
  void aRevokedAnExpiredAndARetiredSignerAreRefused() throws Exception {
    var revoked = est.enrolled("pump-1");
    var retired = est.enrolled("pump-2");
    var expired = est.enrolled("pump-3");
    est.revoke(revoked.certificate(), RevocationReason.KEY_COMPROMISE);
    est.retire("pump-2");

    refused(ofItself(revoked), 403, CMCFailInfo.badIdentity, "was revoked");
    refused(ofItself(retired), 403, CMCFailInfo.badIdentity, "is retired");
    est.clock.advance(Duration.ofDays(91));
    refused(ofItself(expired), 403, CMCFailInfo.badIdentity, "expired at");
  }

  @Test
  void whatIsNoFullPkiRequestIsRejected() throws Exception {
    var pump = est.enrolled("pump-0017");
    var valve = pump.rekeyed();
    try (var client = EstClient.of(est, pump)) {
      refused(post(client, "fullcmc", valve.csr()), 400, CMCFailInfo.badRequest, "no CMS message");
      refused(
          post(client, "fullcmc", CertsOnly.encode(List.of(est.root)).toByteArray()),
          400,
          CMCFailInfo.badRequest,
          "signed content of type 1.2.840.113549.1.7.1");
      refused(
          post(client, "fullcmc", Requests.nested(4000)),
          400,
          CMCFailInfo.badRequest,
          "indefinite form");
    }
  }

  @Test
  void theMediaTypeIsThatOfCmcRequests() throws Exception {
    var pump = est.enrolled("pump-0017");
    var message = signed(certify(pump.rekeyed().csr()), pump);
    try (var client = EstClient.of(est, pump)) {
      for (var wrong :
          new String[] {
            "application/pkcs10", "application/pkcs7-mime; smime-type=certs-only", "*/*"
          }) {
        var answer = post(client, "fullcmc", message, wrong);
        assertThat(answer.status()).as(wrong).isEqualTo(415);
        assertThat(answer.text()).contains("smime-type=CMC-request");
      }
      for (var right :
          new String[] {
            "application/pkcs7-mime", "Application/PKCS7-MIME; smime-type=\"cmc-request\""
          }) {
        assertThat(post(client, "fullcmc", message, right).status()).as(right).isEqualTo(200);
      }
    }
  }

  @Test
  @Tag("U7")
  void thePemOfOpensslCmsIsReadAsWell() throws Exception {
    var pump = est.enrolled("pump-0017");
    var message = signed(certify(pump.rekeyed().csr()), pump);
    var body = Pem.encode("CMS", message).getBytes(US_ASCII);
    try (var client = EstClient.of(est, pump)) {
      var answer =
          client.raw(
              "POST",
              EstClient.EST + "fullcmc",
              body,
              "Content-Type: " + FullPkiRequests.CMC_REQUEST,
              "Content-Length: " + body.length);

      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nowhere/fullcmc", "fullcmc/fullcmc"})
  void aLabelThatIsNotThereIsNotFound(String operation) throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(post(client, operation, new byte[1]).status()).isEqualTo(404);
    }
  }

  @Test
  @Tag("U3")
  void onlyPostIsAllowed() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var answer = client.get("fullcmc");

      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.header("Allow").orElseThrow()).contains("POST");
    }
  }

  @Test
  @Tag("U9")
  void whatIsTooLargeIsNotRead() throws Exception {
    var pump = est.enrolled("pump-0017");
    try (var client = EstClient.of(est, pump)) {
      // 36 KiB in base64, and one more; none of it is sent
      var answer =
          client.raw(
              "POST",
              EstClient.EST + "fullcmc",
              new byte[0],
              "Content-Type: " + FullPkiRequests.CMC_REQUEST,
              "Content-Length: " + (48 * 1024 + 1));

      assertThat(answer.status()).isEqualTo(413);
    }
  }

  @Test
  void withoutProofOfPossessionItIsPopFailed() throws Exception {
    var pump = est.enrolled("pump-0017");
    var foreign =
        SubjectPublicKeyInfo.getInstance(
            SoftwareKey.generate(KeyType.EC_P256).publicKey().spki().toByteArray());
    try (var client = EstClient.of(est, pump)) {
      var csr = Requests.withKey(foreign, pump.key());
      var answer = post(client, "fullcmc", signed(certify(csr), pump));

      refused(answer, 400, CMCFailInfo.popFailed, "does not prove possession");
      assertThat(said(answer).part()).isEqualTo(1);
    }
  }

  @Test
  void aWrongLinkIsPopFailedAndAMissingOneIsPopRequired() throws Exception {
    var pump = est.enrolled("pump-0017");
    try (var client = EstClient.of(est, pump)) {
      var wrong = Requests.with(pump.rekeyed(), new CsrAttribute.ChallengePassword("AAAA"));

      refused(
          post(client, "fullcmc", signed(certify(wrong), pump)),
          403,
          CMCFailInfo.popFailed,
          "challengePassword");
      refused(
          post(client, "linked/fullcmc", signed(certify(pump.rekeyed().csr()), pump)),
          403,
          CMCFailInfo.popRequired,
          "tied to their TLS connection");
    }
  }

  @Test
  void aKeyThatIsNotCertifiedIsBadAlg() throws Exception {
    var pump = est.enrolled("pump-0017");
    var odd =
        new SubjectPublicKeyInfo(
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.101.110")), new byte[32]);
    try (var client = EstClient.of(est, pump)) {
      var csr = Requests.withKey(odd, pump.key());
      var answer = post(client, "fullcmc", signed(certify(csr), pump));

      refused(answer, 400, CMCFailInfo.badAlg, "1.3.101.110");
    }
  }

  @Test
  void aKeyTypeThatTheLabelDoesNotWantIsBadAlg() throws Exception {
    var sensor = FakeDevice.with("sensor-1", SoftwareKey.generate(KeyType.EC_P384));
    var secret = est.register("sensor-1", TestProfiles.SENSOR);
    try (var client = EstClient.anonymous(est)) {
      sensor.install(
          client
              .post(
                  "sensor/simpleenroll",
                  Requests.oneLine(sensor.csr()),
                  "Authorization: " + EstFixture.basic("sensor-1", secret.text()))
              .certificate());
    }
    try (var client = EstClient.of(est, sensor)) {
      var csr = FakeDevice.fresh("sensor-1").csr();
      var answer = post(client, "sensor/fullcmc", signed(certify(csr), sensor));

      refused(answer, 403, CMCFailInfo.badAlg, "does not allow");
    }
  }

  @Test
  void theKeyOfAnotherIsNoKeyReuse() throws Exception {
    var pump = est.enrolled("pump-0017");
    var other = est.enrolled("pump-0018");
    try (var client = EstClient.of(est, pump)) {
      var csr = Requests.of("pump-0017", other.key());
      var answer = post(client, "fullcmc", signed(certify(csr), pump));

      refused(answer, 409, CMCFailInfo.noKeyReuse, "belongs to another");
    }
  }

  @Test
  void whileTheSigningKeyIsAwayItIsTryLater() throws Exception {
    var pump = est.enrolled("pump-0017");
    est.issuingKey.unplug();
    try (var client = EstClient.of(est, pump)) {
      var answer = post(client, "fullcmc", signed(certify(pump.rekeyed().csr()), pump));

      refused(answer, 503, CMCFailInfo.tryLater, "ask again");
      assertThat(answer.header("Retry-After")).contains("5");
    }
  }

  private EstClient.Answer ofItself(FakeDevice device) throws Exception {
    try (var client = EstClient.of(est, device)) {
      return post(client, "fullcmc", signed(certify(device.rekeyed().csr()), device));
    }
  }

  private static void refused(EstClient.Answer answer, int status, CMCFailInfo why, String sentence)
      throws Exception {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    var said = said(answer);
    assertThat(said.status()).isEqualTo(CMCStatus.failed);
    assertThat(said.failure()).contains(why);
    assertThat(said.sentence()).contains(sentence);
    assertThat(said.certificates()).isEmpty();
  }
}
