package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who is let in, for each request anew.
final class Rfc7030Section323Test {

  private static final String CHALLENGE = "Basic realm=\"nameplate\"";
  private static final String REVOKED = "the client certificate was revoked at";

  private final EstFixture est = EstFixture.start();

  @AfterEach
  void stop() {
    est.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"simpleenroll", "simplereenroll", "device/simpleenroll"})
  @Tag("S4")
  void s4WithoutCredentialsComesAChallenge(String operation) throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var answer = client.post(operation, Requests.oneLine(FakeDevice.fresh("s4").csr()));

      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.header("WWW-Authenticate")).contains(CHALLENGE);
      assertThat(est.counts.drain(est.clock.instant())).isEmpty();
    }
  }

  @Test
  @Tag("S4")
  void s4LibestIsLetInOnTheSameConnectionAfterTheChallenge() throws Exception {
    var device = FakeDevice.fresh("s4-again");
    var secret = est.register("s4-again");
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.post("simpleenroll", Requests.wrapped(device.csr())).status())
          .isEqualTo(401);
      assertThat(client.enroll(device.csr(), "s4-again", secret).status()).isEqualTo(200);
    }
  }

  @Test
  @Tag("S5")
  void s5AWrongSecretAndAWrongNameGetTheSameAnswer() throws Exception {
    est.register("s5");
    var other = est.register("s5-other");
    var csr = FakeDevice.fresh("s5").csr();
    try (var client = EstClient.anonymous(est)) {
      var wrongSecret = client.enroll(csr, "s5", other);
      var wrongName = client.enroll(csr, "s5-nobody", other);
      var noName =
          client.post(
              "simpleenroll",
              Requests.oneLine(csr),
              "Authorization: " + EstFixture.basic("", "wrong"));

      assertThat(wrongSecret.status()).isEqualTo(401);
      assertThat(wrongSecret.header("WWW-Authenticate")).contains(CHALLENGE);
      assertThat(wrongName.text()).isEqualTo(wrongSecret.text());
      assertThat(noName.text()).isEqualTo(wrongSecret.text());
      assertThat(est.counts.drain(est.clock.instant()))
          .singleElement()
          .satisfies(event -> assertThat(event.count()).isEqualTo(3));
      assertThat(est.audited(AuditEvent.Refused.class)).isEmpty();
    }
  }

  @Test
  @Tag("S5")
  void aSecretAloneSaysWhoseItIs() throws Exception {
    var secret = est.register("s5-nameless");
    var device = FakeDevice.fresh("s5-nameless");
    try (var client = EstClient.anonymous(est)) {
      device.install(client.enroll(device.csr(), "", secret).certificate());
    }

    assertThat(device.certificate().subject())
        .isEqualTo(DistinguishedName.ofCommonName("s5-nameless"));
  }

  @Test
  @Tag("S5")
  void whereBothAreWantedBothHaveToBeGoodAndOfTheSameDevice() throws Exception {
    var device = est.enrolled("s5-both", TestProfiles.BOTH);
    var secret = est.secret("s5-both", 1);
    var another = est.register("s5-another", TestProfiles.BOTH);
    var body = Requests.oneLine(device.rekeyed().csr());
    var right = "Authorization: " + EstFixture.basic("s5-both", secret.text());
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.post("both/simpleenroll", body).status()).isEqualTo(401);
      var secretOnly = client.post("both/simpleenroll", body, right);
      assertThat(secretOnly.status()).isEqualTo(403);
      assertThat(secretOnly.text())
          .isEqualTo(
              "Refused: label both wants a client certificate and the enrollment secret of the"
                  + " same device.\n");
    }
    try (var client = EstClient.of(est, device)) {
      var certificateOnly = client.post("both/simpleenroll", body);
      assertThat(certificateOnly.status()).isEqualTo(401);
      assertThat(certificateOnly.header("WWW-Authenticate")).contains(CHALLENGE);
      assertThat(certificateOnly.text()).isEmpty();
      var wrong = "Authorization: " + EstFixture.basic("s5-both", another.text());
      assertThat(client.post("both/simpleenroll", body, wrong).status()).isEqualTo(401);
      var theirs = "Authorization: " + EstFixture.basic("s5-another", another.text());
      var mixed = client.post("both/simpleenroll", body, theirs);
      assertThat(mixed.status()).isEqualTo(403);
      assertThat(mixed.text())
          .isEqualTo(
              "Refused: the client certificate is of device:s5-both, the enrollment secret is of"
                  + " device:s5-another.\n");
      assertThat(est.audited(AuditEvent.Refused.class))
          .hasSize(2)
          .last()
          .asString()
          .contains("s5-another")
          .contains("+secret:");

      assertThat(client.post("both/simpleenroll", body, right).status()).isEqualTo(200);
      // asked again it is the same, and for anything else the secret is spent
      assertThat(client.post("both/simpleenroll", body, right).status()).isEqualTo(200);
      var next = Requests.oneLine(device.rekeyed().csr());
      assertThat(client.post("both/simpleenroll", next, right).text())
          .isEqualTo("Refused: the enrollment secret is spent; a new one is needed.\n");
      // a renewal shows its certificate, and nothing else
      assertThat(client.post("both/simplereenroll", next).status()).isEqualTo(200);
    }
  }

  @Test
  @Tag("S4")
  @Tag("S5")
  void whereOnlyCertificatesLetInNoSecretIsAskedForOrLookedAt() throws Exception {
    var device = est.enrolled("s5-cert", TestProfiles.CERTIFICATES);
    var secret = est.secret("s5-cert", 1);
    var body = Requests.oneLine(device.csr());
    var right = "Authorization: " + EstFixture.basic("s5-cert", secret.text());
    try (var client = EstClient.anonymous(est)) {
      for (var header : new String[] {right, "X-Nothing: 1"}) {
        var answer = client.post("certificates/simpleenroll", body, header);
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.header("WWW-Authenticate")).isEmpty();
        assertThat(answer.text()).isEqualTo("Refused: this needs a client certificate.\n");
      }
    }
    try (var client = EstClient.of(est, device)) {
      assertThat(client.post("certificates/simpleenroll", body).status()).isEqualTo(200);
    }
  }

  /// Certificate-less TLS (RFC 7030 section 3.3.3): TLS 1.3 has none, nor have our TLS stacks. A
  /// one-time secret and a pinned authority do the same.
  @Test
  @Tag("S8")
  void tlsWithoutCertificatesIsNotOffered(@TempDir Path folder) {
    var without =
        Tool.OPENSSL.feed(
            "",
            folder,
            "s_client",
            "-connect",
            "127.0.0.1:" + est.port(),
            "-tls1_2",
            "-cipher",
            "aNULL:@SECLEVEL=0");

    assertThat(without.exit()).isNotZero();
    assertThat(without.output()).contains("Cipher is (NONE)");
  }

  @Test
  @Tag("S7")
  @Tag("E13")
  void s7a11GuessingIsSlowedDownEvenWithTheRightSecret() throws Exception {
    var secret = est.register("s7");
    var wrong = est.register("s7-other");
    var device = FakeDevice.fresh("s7");
    try (var client = EstClient.anonymous(est)) {
      for (int i = 0; i < 10; i++) {
        assertThat(client.enroll(device.csr(), "s7", wrong).status()).isEqualTo(401);
      }

      var answer = client.enroll(device.csr(), "s7", secret);

      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.header("Retry-After")).contains("60");
      assertThat(est.counts.drain(est.clock.instant()))
          .extracting(AuditEvent.UnauthenticatedRefusals::what)
          .containsExactly("est wrong secret", "est throttled");
      assertThat(
              est.meters
                  .get("nameplate.est.refusals")
                  .tag("reason", "wrong_secret")
                  .counter()
                  .count())
          .isEqualTo(10);

      est.clock.advance(Duration.ofMinutes(1));
      assertThat(client.enroll(device.csr(), "s7", secret).status()).isEqualTo(200);
    }
  }

  @Test
  @Tag("S9")
  void s9CacertsAndCsrattrsNeedNoCredentials() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get("csrattrs").status()).isEqualTo(200);
      assertThat(client.get("cacerts").status()).isEqualTo(200);
    }
  }

  @Test
  void s10AnUnknownCertificateIsLetThroughTlsAndJudgedByTheRequest() throws Exception {
    var stranger = FakeDevice.fresh("s10");
    stranger.install(Strangers.selfSigned(stranger));
    var secret = est.register("s10");
    try (var client = EstClient.of(est, stranger)) {
      var enroll = client.post("simpleenroll", Requests.oneLine(stranger.csr()));
      var reenroll = client.reenroll(stranger.csr());

      assertThat(enroll.status()).isEqualTo(401);
      assertThat(enroll.header("WWW-Authenticate")).contains(CHALLENGE);
      assertThat(reenroll.status()).isEqualTo(403);
      assertThat(reenroll.text())
          .isEqualTo("Refused: the client certificate was not issued here.\n");
      assertThat(est.counts.drain(est.clock.instant()))
          .extracting(AuditEvent.UnauthenticatedRefusals::what)
          .containsExactly("est unknown certificate");

      // a manufacturer's certificate does not stand in the way of a secret
      assertThat(client.enroll(stranger.csr(), "s10", secret).status()).isEqualTo(200);
    }
  }

  @Test
  void s10AnExpiredCertificateIsRefusedWithAReasonAndANewSecretLetsTheDeviceBackIn()
      throws Exception {
    var device = est.enrolled("s10-late");
    est.clock.advance(Duration.ofDays(91));
    try (var client = EstClient.of(est, device)) {
      var late = client.reenroll(device.csr());
      assertThat(late.status()).isEqualTo(403);
      assertThat(late.text()).startsWith("Refused: the client certificate expired at ");

      var secret = est.secret("s10-late", 1);
      assertThat(client.enroll(device.csr(), "s10-late", secret).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"simpleenroll", "simplereenroll", "device/simpleenroll", "device/simplereenroll"})
  void s12a1ARevokedCertificateIsRefusedOnEveryRouteAtOnceAlsoOnAKeptConnection(String operation)
      throws Exception {
    var device = est.enrolled("s12");
    var body = Requests.oneLine(device.csr());
    try (var kept = EstClient.of(est, device)) {
      assertThat(kept.post(operation, body).status()).isEqualTo(200);

      est.revoke(device.certificate(), RevocationReason.KEY_COMPROMISE);

      var answer = kept.post(operation, body);
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).startsWith("Refused: " + REVOKED).contains("keyCompromise");
    }
    try (var anew = EstClient.of(est, device)) {
      assertThat(anew.post(operation, body).status()).isEqualTo(403);
    }
    assertThat(est.audited(AuditEvent.Refused.class)).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void s12a1ARevokedCertificateIsRefusedInAResumedTlsSession(String tls, @TempDir Path folder)
      throws Exception {
    var device = est.enrolled("s12-resumed");
    Pems.write(folder, est, device);
    var request = reenrollment(device);
    var before = sClient(folder, request, tls, "-sess_out", "session");
    // no authority is named, so that clients send whatever they have
    assertThat(before.out())
        .contains("No client certificate CA names sent")
        .contains("HTTP/1.1 200 OK");

    est.revoke(device.certificate(), RevocationReason.KEY_COMPROMISE);

    var after = sClient(folder, request, tls, "-sess_in", "session");
    assertThat(after.out())
        .contains("Reused, TLSv1.")
        .contains("HTTP/1.1 403 Forbidden")
        .contains(REVOKED);
  }

  @Test
  void s12ARetiredDeviceIsRefusedByNameByKeyAndBySecret() throws Exception {
    var device = est.enrolled("s12-retired");
    var unspent = est.secret("s12-retired", 5);
    try (var kept = EstClient.of(est, device)) {
      assertThat(kept.reenroll(device.csr()).status()).isEqualTo(200);

      est.retire("s12-retired");

      var renewal = kept.reenroll(device.csr());
      assertThat(renewal.status()).isEqualTo(403);
      assertThat(renewal.text()).isEqualTo("Refused: device:s12-retired is retired.\n");
      // the certificate is refused, so the secret gets its turn, and is refused as well
      assertThat(kept.enroll(device.rekeyed().csr(), "s12-retired", unspent).status())
          .isEqualTo(403);
    }
    try (var anew = EstClient.anonymous(est)) {
      assertThat(anew.enroll(device.rekeyed().csr(), "s12-retired", unspent).status())
          .isEqualTo(403);
      var thief = est.register("s12-thief");
      var stolen = anew.enroll(Requests.of("s12-thief", device.key()), "s12-thief", thief);
      assertThat(stolen.status()).isEqualTo(403);
      assertThat(stolen.text()).contains("this public key was retired");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-SSL-Client-Cert",
        "SSL_CLIENT_CERT",
        "X-Forwarded-Client-Cert",
        "Client-Cert",
        "X-Client-Certificate",
        "jakarta.servlet.request.X509Certificate"
      })
  void a10ACertificateInAHeaderProvesNothing(String header) throws Exception {
    var device = est.enrolled("a10");
    try (var client = EstClient.anonymous(est)) {
      var forged =
          header
              + ": "
              + new String(Requests.oneLine(device.certificate().der().toByteArray()), UTF_8);

      assertThat(client.post("simplereenroll", Requests.oneLine(device.csr()), forged).status())
          .isEqualTo(401);
    }
  }

  /// Everybody at every door: who asks, what for, under which label.
  @ParameterizedTest
  @CsvSource({
    "NOBODY, simpleenroll, device, 401",
    "NOBODY, simpleenroll, sensor, 401",
    "NOBODY, simpleenroll, nowhere, 404",
    "NOBODY, simplereenroll, device, 401",
    "NOBODY, simplereenroll, sensor, 401",
    "NOBODY, simplereenroll, nowhere, 404",
    "STRANGER, simpleenroll, device, 401",
    "STRANGER, simpleenroll, sensor, 401",
    "STRANGER, simpleenroll, nowhere, 404",
    "STRANGER, simplereenroll, device, 403",
    "STRANGER, simplereenroll, sensor, 403",
    "STRANGER, simplereenroll, nowhere, 404",
    "DEVICE, simpleenroll, device, 200",
    "DEVICE, simpleenroll, sensor, 403",
    "DEVICE, simpleenroll, nowhere, 404",
    "DEVICE, simplereenroll, device, 200",
    "DEVICE, simplereenroll, sensor, 403",
    "DEVICE, simplereenroll, nowhere, 404",
    "REVOKED, simpleenroll, device, 403",
    "REVOKED, simpleenroll, sensor, 403",
    "REVOKED, simpleenroll, nowhere, 404",
    "REVOKED, simplereenroll, device, 403",
    "REVOKED, simplereenroll, sensor, 403",
    "REVOKED, simplereenroll, nowhere, 404"
  })
  void a7a8EveryCallerAtEveryDoor(String who, String operation, String label, int status)
      throws Exception {
    var device = est.enrolled("door");
    if (who.equals("REVOKED")) {
      est.revoke(device.certificate(), RevocationReason.KEY_COMPROMISE);
    }
    if (who.equals("STRANGER")) {
      device.install(Strangers.selfSigned(device));
    }
    var key = SoftwareKey.generate(KeyType.EC_P384);
    try (var client = who.equals("NOBODY") ? EstClient.anonymous(est) : EstClient.of(est, device)) {
      var answer = client.post(label + "/" + operation, Requests.oneLine(Requests.of("door", key)));

      assertThat(answer.status()).isEqualTo(status);
    }
  }

  @Test
  void a7ADeviceEnrollsOnlyUnderTheLabelThatItWasRegisteredFor() throws Exception {
    var secret = est.register("a7");
    try (var client = EstClient.anonymous(est)) {
      var answer =
          client.post(
              "sensor/simpleenroll",
              Requests.oneLine(Requests.of("a7", SoftwareKey.generate(KeyType.EC_P384))),
              "Authorization: " + EstFixture.basic("a7", secret.text()));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo("Refused: device:a7 is registered for device, not for sensor.\n");
    }
  }

  private static String reenrollment(FakeDevice device) {
    var body = new String(Requests.oneLine(device.csr()), UTF_8);
    return "POST /.well-known/est/simplereenroll HTTP/1.1\r\nHost: localhost\r\n"
        + "Connection: close\r\nContent-Type: application/pkcs10\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private Tool.Result sClient(Path folder, String request, String... arguments) throws Exception {
    var all =
        new ArrayList<>(
            List.of(
                "s_client",
                "-connect",
                "127.0.0.1:" + est.port(),
                "-ign_eof",
                "-CAfile",
                "trust.pem",
                "-cert",
                "device.pem",
                "-key",
                "device.key"));
    all.addAll(List.of(arguments));
    var result = Tool.OPENSSL.feed(request, folder, all.toArray(String[]::new));
    assertThat(Files.exists(folder.resolve("session"))).isTrue();
    return result;
  }
}
