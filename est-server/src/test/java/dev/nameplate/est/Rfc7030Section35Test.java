package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.x509.CsrAttribute.ChallengePassword;
import dev.nameplate.ca.x509.CsrAttribute.EstIdentityLinking;
import dev.nameplate.ca.x509.CsrAttribute.OtpChallenge;
import dev.nameplate.ca.x509.CsrAttribute.RevocationChallenge;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Linking identity and proof of possession, with the attributes of RFC 7894 and the value of RFC
/// 9266.
final class Rfc7030Section35Test {

  private static final String WRONG = "A".repeat(43) + "=";

  private final EstFixture est = EstFixture.start();
  private final FakeDevice pump = FakeDevice.fresh("pump");

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  @Tag("E8")
  @Tag("E9")
  void whatIsTiedToThisConnectionGetsItsCertificate() throws Exception {
    var secret = est.register("pump");
    try (var client = EstClient.anonymous(est)) {
      var csr = Requests.with(pump, new ChallengePassword(client.binding()));

      assertThat(client.enroll(csr, "pump", secret).certificate().publicKey())
          .isEqualTo(pump.key().publicKey());
    }
  }

  @Test
  @Tag("E8")
  void whatIsTiedToAnotherConnectionIsRefusedAndTheReasonIsKept() throws Exception {
    var secret = est.register("pump");
    String another;
    try (var client = EstClient.anonymous(est)) {
      another = client.binding();
    }
    try (var client = EstClient.anonymous(est)) {
      var csr = Requests.with(pump, new ChallengePassword(another));

      var answer = client.enroll(csr, "pump", secret);

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo(
              "Refused: challengePassword is not the tls-exporter value of this connection (RFC"
                  + " 9266) in base64.\n");
      assertThat(est.audited(AuditEvent.Refused.class))
          .singleElement()
          .asString()
          .contains("LINKING_FAILED")
          .doesNotContain(another)
          .doesNotContain(client.binding());

      // the secret was not spent on it
      assertThat(client.enroll(pump.csr(), "pump", secret).status()).isEqualTo(200);
    }
  }

  @Test
  @Tag("E8")
  void aLabelThatRequiresItRefusesRequestsWithoutItWhateverTheOperation() throws Exception {
    est.register("pump", TestProfiles.LINKED);
    var enrolled = est.enrolled("valve", TestProfiles.LINKED);
    var secret = est.secret("pump", 1);
    try (var client = EstClient.anonymous(est)) {
      var answer = enroll(client, "linked", pump.csr(), secret);

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo(
              "Refused: label linked wants requests that are tied to their TLS connection:"
                  + " challengePassword has to be the tls-exporter value of this connection (RFC"
                  + " 9266) in base64.\n");
      var linked = Requests.with(pump, new ChallengePassword(client.binding()));
      assertThat(enroll(client, "linked", linked, secret).status()).isEqualTo(200);
    }
    try (var client = EstClient.of(est, enrolled)) {
      var reenroll = "linked/simplereenroll";
      assertThat(client.post(reenroll, Requests.oneLine(enrolled.csr())).status()).isEqualTo(403);
      var linked = Requests.with(enrolled, new EstIdentityLinking(client.binding()));
      assertThat(client.post(reenroll, Requests.oneLine(linked)).status()).isEqualTo(200);
    }
    assertThat(est.audited(AuditEvent.Refused.class))
        .hasSize(2)
        .allSatisfy(row -> assertThat(row).contains("LINKING_REQUIRED"));
  }

  @Test
  @Tag("E9")
  void aConnectionWithoutABindingSaysSo() throws Exception {
    var secret = est.register("pump", TestProfiles.LINKED);
    // the JDK gives nothing for TLS 1.2
    try (var client = EstClient.speaking(est, "TLSv1.2")) {
      var without = enroll(client, "linked", pump.csr(), secret);
      var with =
          enroll(client, "linked", Requests.with(pump, new ChallengePassword(WRONG)), secret);

      assertThat(without.status()).isEqualTo(403);
      assertThat(without.text())
          .contains(": this connection has no channel binding (it takes TLS 1.3, or TLS 1.2 with")
          .contains("extended master secret)");
      assertThat(with.status()).isEqualTo(403);
      assertThat(with.text())
          .startsWith(
              "Refused: challengePassword cannot be verified: this connection has no channel"
                  + " binding");
    }
  }

  @Test
  @Tag("E8")
  @Tag("E12")
  void theSameRequestTiedToAnotherConnectionGetsTheSameBytes() throws Exception {
    var secret = est.register("pump", TestProfiles.LINKED);
    var bodies = new String[2];
    for (int i = 0; i < bodies.length; i++) {
      try (var client = EstClient.anonymous(est)) {
        var csr = Requests.with(pump, new ChallengePassword(client.binding()));
        bodies[i] = enroll(client, "linked", csr, secret).text();
      }
    }

    assertThat(bodies[1]).isEqualTo(bodies[0]);
    assertThat(est.audited(AuditEvent.Issued.class)).isNotEmpty();
  }

  @Test
  @Tag("E10")
  void everyAttributeThatIsThereHasToBeRight() throws Exception {
    var secret = est.register("pump");
    try (var client = EstClient.anonymous(est)) {
      var right = client.binding();
      var csr = Requests.with(pump, new ChallengePassword(right), new EstIdentityLinking(WRONG));
      assertThat(client.enroll(csr, "pump", secret).text())
          .startsWith("Refused: estIdentityLinking is not the tls-exporter value");

      csr = Requests.with(pump, new ChallengePassword(WRONG), new EstIdentityLinking(right));
      assertThat(client.enroll(csr, "pump", secret).text())
          .startsWith("Refused: challengePassword is not the tls-exporter value");

      csr =
          Requests.with(
              pump,
              new ChallengePassword(right),
              new EstIdentityLinking(right),
              new OtpChallenge(secret.text()));
      assertThat(client.enroll(csr, "pump", secret).status()).isEqualTo(200);
    }
  }

  @Test
  @Tag("E10")
  void aOneTimePasswordIsTheSecretOfThisDeviceAndIsThrottledLikeOne() throws Exception {
    var secret = est.register("pump");
    var another = est.register("valve");
    try (var client = EstClient.anonymous(est)) {
      var wrong = Requests.with(pump, new OtpChallenge(another.text()));
      for (int i = 0; i < 10; i++) {
        var answer = client.enroll(wrong, "pump", secret);
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text())
            .isEqualTo("Refused: otpChallenge is not the enrollment secret of device:pump.\n");
      }

      assertThat(client.enroll(wrong, "pump", secret).status()).isEqualTo(429);
      est.clock.advance(Duration.ofMinutes(1));
      var right = Requests.with(pump, new OtpChallenge(secret.text()));
      assertThat(client.enroll(right, "pump", secret).status()).isEqualTo(200);
    }
  }

  @Test
  @Tag("E10")
  void aOneTimePasswordBesideACertificateIsSpent() throws Exception {
    var device = est.enrolled("pump");
    var secret = est.secret("pump", 1);
    try (var client = EstClient.of(est, device)) {
      var rekeyed = device.rekeyed();
      var csr = Requests.with(rekeyed, new OtpChallenge(secret.text()));
      assertThat(client.post("simpleenroll", Requests.oneLine(csr)).status()).isEqualTo(200);

      var again = Requests.with(device.rekeyed(), new OtpChallenge(secret.text()));
      var answer = client.post("simpleenroll", Requests.oneLine(again));
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo("Refused: the enrollment secret is spent; a new one is needed.\n");
    }
  }

  @Test
  @Tag("E10")
  void aPasswordForRevocationIsNotTaken() throws Exception {
    var secret = est.register("pump");
    try (var client = EstClient.anonymous(est)) {
      var csr = Requests.with(pump, new RevocationChallenge("let it go"));
      var answer = client.enroll(csr, "pump", secret);

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo("Refused: revocationChallenge is not offered (RFC 7894 section 3.2).\n");
    }
  }

  private static EstClient.Answer enroll(
      EstClient client, String label, byte[] csr, IssuedSecret secret) throws Exception {
    return client.post(
        label + "/simpleenroll",
        Requests.oneLine(csr),
        "Authorization: " + EstFixture.basic("pump", secret.text()));
  }
}
