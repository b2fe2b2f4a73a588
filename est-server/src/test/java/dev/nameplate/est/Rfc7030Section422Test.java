package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Simple re-enrollment.
final class Rfc7030Section422Test {

  private final EstFixture est = EstFixture.start();

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  void e5ARenewalMayKeepItsKey() throws Exception {
    var device = est.enrolled("e5");
    est.clock.advance(Duration.ofDays(60));
    try (var client = EstClient.of(est, device)) {
      var renewed = client.reenroll(device.csr()).certificate();

      assertThat(renewed.publicKey()).isEqualTo(device.certificate().publicKey());
      assertThat(renewed.subject()).isEqualTo(device.certificate().subject());
      assertThat(renewed.serial()).isNotEqualTo(device.certificate().serial());
      assertThat(renewed.notAfter()).isAfter(device.certificate().notAfter());
    }
  }

  @Test
  void e5ARenewalMayHaveANewKey() throws Exception {
    var device = est.enrolled("e5-rekey");
    var rekeyed = device.rekeyed();
    try (var client = EstClient.of(est, device)) {
      assertThat(client.reenroll(rekeyed.csr()).certificate().publicKey())
          .isEqualTo(rekeyed.key().publicKey());
    }
  }

  @Test
  void e5WhereThePolicyWantsANewKeyTheOldOneIsRefused() throws Exception {
    var device = FakeDevice.with("e5-sensor", SoftwareKey.generate(KeyType.EC_P384));
    var secret = est.register("e5-sensor", TestProfiles.SENSOR);
    try (var client = EstClient.anonymous(est)) {
      device.install(
          client
              .post(
                  "sensor/simpleenroll",
                  Requests.wrapped(device.csr()),
                  "Authorization: " + EstFixture.basic("e5-sensor", secret.text()))
              .certificate());
    }
    try (var client = EstClient.of(est, device)) {
      var answer = client.post("sensor/simplereenroll", Requests.oneLine(device.csr()));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).isEqualTo("Refused: a renewal needs a new key.\n");
    }
  }

  @Test
  void e12AskedTwiceItGivesTheSameBytes() throws Exception {
    var device = est.enrolled("e12");
    var rekeyed = device.rekeyed();
    try (var client = EstClient.of(est, device)) {
      var lost = client.reenroll(rekeyed.csr());
      var again = client.reenroll(rekeyed.csr());

      assertThat(lost.status()).isEqualTo(200);
      assertThat(again.text()).isEqualTo(lost.text());
    }
  }

  @Test
  void e14TheOldCertificateEndsInTheMomentInWhichTheNewOneIsUsed() throws Exception {
    var device = est.enrolled("e14");
    var rekeyed = device.rekeyed();
    try (var old = EstClient.of(est, device)) {
      rekeyed.install(old.reenroll(rekeyed.csr()).certificate());
      // nobody has used the new one, so a lost answer locks nobody out
      assertThat(old.reenroll(rekeyed.csr()).status()).isEqualTo(200);

      try (var renewed = EstClient.of(est, rekeyed)) {
        assertThat(renewed.reenroll(rekeyed.csr()).status()).isEqualTo(200);
      }

      var answer = old.reenroll(rekeyed.csr());
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .startsWith("Refused: the client certificate was revoked at")
          .endsWith("(superseded).\n");
      assertThat(est.store.findByFingerprint(device.certificate().sha256()))
          .hasValueSatisfying(record ->
              assertThat(record.revocation().orElseThrow().reason())
                  .isEqualTo(RevocationReason.SUPERSEDED));
    }
  }

  @Test
  void a12ACertificateCountsUntilItsLastSecondAndNotOneLonger() throws Exception {
    var device = est.enrolled("a12");
    var last = device.certificate().notAfter();
    try (var client = EstClient.of(est, device)) {
      est.clock.advance(Duration.between(est.clock.instant(), last));
      assertThat(client.reenroll(device.csr()).status()).isEqualTo(200);

      est.clock.advance(Duration.ofSeconds(1));
      assertThat(client.reenroll(device.csr()).status()).isEqualTo(403);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"e4-other", "e4x", " e4 x", "e4\u0430"})
  void e4AnotherNameIsRefused(String name) throws Exception {
    var device = est.enrolled("e4");
    try (var client = EstClient.of(est, device)) {
      var answer = client.reenroll(Requests.of(name, device.key()));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .contains("the CSR's subject cn=")
          .contains("is not the enrolled cn=e4.");
    }
  }

  @Test
  void e4AnotherSubjectAltNameIsRefused() throws Exception {
    var device = est.enrolled("e4-san");
    try (var client = EstClient.of(est, device)) {
      var answer =
          client.reenroll(
              Requests.named(
                  "e4-san", device.key(), new GeneralName(GeneralName.dNSName, "bank.example")));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo(
              "Refused: the CSR's subjectAltName dNSName bank.example is not the enrolled (none).\n");
    }
  }

  @Test
  void e4ASecretDoesNotRenew() throws Exception {
    var device = est.enrolled("e4-secret");
    var secret = est.secret("e4-secret", 1);
    try (var client = EstClient.anonymous(est)) {
      var answer =
          client.post(
              "simplereenroll",
              Requests.oneLine(device.csr()),
              "Authorization: " + EstFixture.basic("e4-secret", secret.text()));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).contains("as TLS client certificate");
    }
  }

  @Test
  void e4TheCertificateOfAnotherDeviceRenewsOnlyItself() throws Exception {
    var device = est.enrolled("e4-mine");
    var other = est.enrolled("e4-theirs");
    try (var client = EstClient.of(est, other)) {
      assertThat(client.reenroll(device.csr()).status()).isEqualTo(403);
      assertThat(client.post("simpleenroll", Requests.oneLine(device.csr())).status())
          .isEqualTo(409);
    }
  }

  @Test
  void a4ACertificateWithTheSameNameAndSerialButOtherBytesIsNotOurs() throws Exception {
    var device = est.enrolled("a4");
    try (var elsewhere = EstFixture.start()) {
      var twin = elsewhere.enrolled("a4");
      assertThat(twin.certificate().serial()).isEqualTo(device.certificate().serial());
      try (var client = EstClient.of(est, twin)) {
        assertThat(client.reenroll(device.csr()).status()).isEqualTo(403);
      }
    }
  }
}
