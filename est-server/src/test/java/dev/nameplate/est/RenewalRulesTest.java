package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.job.DueCertificates;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.x509.AltName;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.CsrAttribute;
import dev.nameplate.ca.x509.CsrAttribute.ChangeSubjectName;
import dev.nameplate.ca.x509.CsrAttribute.ExtensionRequest;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RequestedExtension;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SubjectAltName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The rules of `docs/renewal.md`, over EST.
final class RenewalRulesTest {

  private static final Duration HALF = Duration.ofDays(46);

  private final EstFixture est = EstFixture.start();

  @AfterEach
  void stop() {
    est.close();
  }

  // Names

  @Test
  @Tag("E3")
  void theNamesThatAProfileAllowsAreTakenOver() throws Exception {
    var gateway = gateway("g1", "g1.devices.example", "10.1.2.3");

    assertThat(AltName.of(gateway.certificate().subjectAltName().orElseThrow()))
        .extracting(AltName::toString)
        .containsExactly("dNSName g1.devices.example", "iPAddress 10.1.2.3");
    assertThat(gateway.certificate().subject()).hasToString("cn=g1");
  }

  @Test
  @Tag("E3")
  void aNameThatIsNotAllowedIsRefusedByName() throws Exception {
    var device = FakeDevice.fresh("g2");
    var secret = est.register("g2", TestProfiles.GATEWAY);
    try (var client = EstClient.anonymous(est)) {
      var answer =
          client.post(
              "gateway/simpleenroll",
              Requests.oneLine(named(device, "g2.devices.example", "bank.example")),
              "Authorization: " + EstFixture.basic("g2", secret.text()));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo("Refused: profile gateway does not allow the dNSName bank.example.\n");
    }
  }

  @Test
  @Tag("E3")
  void whereTheLabelSaysSoAnExtensionThatIsNotGivenIsRefusedAndOneThatIsIsNot() throws Exception {
    var device = FakeDevice.fresh("g3");
    var secret = est.register("g3", TestProfiles.GATEWAY);
    var authority =
        new RequestedExtension("2.5.29.19", true, Der.of(new BasicConstraints(true).getEncoded()));
    try (var client = EstClient.anonymous(est)) {
      var refused =
          client.post(
              "gateway/simpleenroll",
              Requests.oneLine(request(device, new ExtensionRequest(authority))),
              "Authorization: " + EstFixture.basic("g3", secret.text()));
      var usage =
          new ExtensionRequest(
              CertificateTemplate.usage(TestProfiles.GATEWAY).stream()
                  .map(expected ->
                      new RequestedExtension(
                          expected.oid(), expected.critical(), expected.value().orElseThrow()))
                  .toList());
      var accepted =
          client.post(
              "gateway/simpleenroll",
              Requests.oneLine(request(device, usage)),
              "Authorization: " + EstFixture.basic("g3", secret.text()));

      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text())
          .isEqualTo("Refused: profile gateway does not issue extension 2.5.29.19.\n");
      assertThat(accepted.status()).isEqualTo(200);
    }
  }

  @Test
  @Tag("E4")
  void aRenewalRepeatsItsNamesInAnyOrder() throws Exception {
    var gateway = gateway("g4", "g4.devices.example", "10.1.2.3");
    est.clock.advance(HALF);
    var rekeyed = gateway.rekeyed();
    try (var client = EstClient.of(est, gateway)) {
      assertThat(reenroll(client, named(rekeyed, "10.1.2.3", "G4.devices.example")).status())
          .isEqualTo(200);
      var answer = reenroll(client, named(rekeyed, "10.1.2.3"));
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo(
              "Refused: the CSR's subjectAltName iPAddress 10.1.2.3 is not the enrolled"
                  + " dNSName g4.devices.example, iPAddress 10.1.2.3.\n");
    }
  }

  @Test
  @Tag("E4")
  void theOldCertificateRenewsTooWhileTheNewOneWasNeverShown() throws Exception {
    var device = est.enrolled("e4-both");
    var lost = device.rekeyed();
    var next = device.rekeyed();
    try (var old = EstClient.of(est, device)) {
      lost.install(old.reenroll(lost.csr()).certificate());
      // the same identity in two certificates: either one renews
      next.install(old.reenroll(next.csr()).certificate());
    }
    try (var client = EstClient.of(est, lost)) {
      assertThat(client.reenroll(device.rekeyed().csr()).status()).isEqualTo(403);
    }
    try (var client = EstClient.of(est, next)) {
      assertThat(client.reenroll(device.rekeyed().csr()).status()).isEqualTo(200);
    }
  }

  // Other names

  @Test
  @Tag("E6")
  void aRenewalCanChangeItsSubjectAltNamesButNotItsIdentity() throws Exception {
    var gateway = gateway("g6", "g6.devices.example");
    est.clock.advance(HALF);
    var rekeyed = gateway.rekeyed();
    var present =
        new ExtensionRequest(
            RequestedExtension.subjectAltName(SubjectAltName.of(List.of("g6.devices.example"))));
    var names = Optional.of(SubjectAltName.of(List.of("g6.new.example")));
    try (var client = EstClient.of(est, gateway)) {
      var stolen =
          reenroll(
              client,
              request(
                  rekeyed,
                  present,
                  new ChangeSubjectName(Optional.of(DistinguishedName.ofCommonName("g7")), names)));
      assertThat(stolen.status()).isEqualTo(403);
      assertThat(stolen.text())
          .isEqualTo(
              "Refused: the identity of device:g6 is cn=g6, and changeSubjectName asks for"
                  + " cn=g7.\n");

      var changed =
          reenroll(
              client,
              request(
                  rekeyed,
                  present,
                  new ChangeSubjectName(Optional.of(DistinguishedName.ofCommonName("g6")), names)));
      assertThat(changed.certificate().subjectAltName()).isEqualTo(names);
      assertThat(changed.certificate().subject()).hasToString("cn=g6");
    }
  }

  @Test
  @Tag("E6")
  void whereTheProfileDoesNotSayItNoNamesAreChanged() throws Exception {
    var device = est.enrolled("e6-no");
    var change =
        new ChangeSubjectName(
            Optional.of(DistinguishedName.ofCommonName("e6-no")), Optional.empty());
    try (var client = EstClient.of(est, device)) {
      var answer = client.reenroll(request(device.rekeyed(), change));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo("Refused: profile device does not let a renewal change its names.\n");
    }
  }

  // Keys and times

  @Test
  @Tag("E5")
  void aKeyIsKeptAsOftenAsTheProfileSaysAndThenAnotherTypeWillDo() throws Exception {
    var device = gateway("g5");
    est.clock.advance(HALF);
    try (var client = EstClient.of(est, device)) {
      device.install(reenroll(client, device.csr()).certificate());
    }
    est.clock.advance(HALF);
    try (var client = EstClient.of(est, device)) {
      var answer = reenroll(client, device.csr());
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo(
              "Refused: a renewal needs a new key: this one was renewed 1 times, and may be 1"
                  + " times.\n");

      var other = FakeDevice.with("g5", SoftwareKey.generate(KeyType.EC_P384));
      assertThat(reenroll(client, other.csr()).certificate().publicKey().type())
          .isEqualTo(KeyType.EC_P384);
    }
  }

  @Test
  @Tag("E5")
  void aRenewalThatIsTooEarlyIsToldWhen() throws Exception {
    var device = gateway("g8");
    est.clock.advance(Duration.ofDays(44));
    var life = Duration.between(device.certificate().notBefore(), device.certificate().notAfter());
    var due = device.certificate().notBefore().plusSeconds(life.toSeconds() / 2);
    try (var client = EstClient.of(est, device)) {
      for (var operation : List.of("gateway/simplereenroll", "gateway/simpleenroll")) {
        var answer = client.post(operation, Requests.oneLine(device.rekeyed().csr()));
        assertThat(answer.status()).as(operation).isEqualTo(403);
        assertThat(answer.text()).startsWith("Refused: renewal begins at " + due + ", and it is ");
      }
      est.clock.advance(Duration.between(est.clock.instant(), due));
      assertThat(reenroll(client, device.rekeyed().csr()).status()).isEqualTo(200);
    }
  }

  // The end of the old one

  @Test
  @Tag("E14")
  void withAGraceTheOldCertificateIsGoodUntilItIsOver() throws Exception {
    var device = gateway("g14");
    est.clock.advance(HALF);
    var rekeyed = device.rekeyed();
    try (var old = EstClient.of(est, device)) {
      rekeyed.install(reenroll(old, rekeyed.csr()).certificate());
    }
    try (var renewed = EstClient.of(est, rekeyed)) {
      reenroll(renewed, rekeyed.csr());
    }
    var job = new DueCertificates(est.store);

    est.clock.advance(Duration.ofHours(24).minusSeconds(1));
    assertThat(job.run(est.clock.instant())).isEqualTo("0 certificates ended");
    assertThat(record(device).revocation()).isEmpty();

    est.clock.advance(Duration.ofSeconds(1));
    assertThat(job.run(est.clock.instant())).isEqualTo("1 certificates ended");
    assertThat(record(device).revocation().orElseThrow().reason())
        .isEqualTo(RevocationReason.SUPERSEDED);
    assertThat(record(rekeyed).revocation()).isEmpty();
  }

  // Azure's certd renews over simpleenroll, asks for the authorities at the same time, and wraps

  @Test
  @Tag("E7")
  void aClientThatOnlyKnowsSimpleenrollRenewsWithIt() throws Exception {
    var device = est.enrolled("e7-certd");
    var current = device;
    for (int renewal = 0; renewal < 3; renewal++) {
      var next = current.rekeyed();
      var wrapped = Requests.wrapped(next.csr());
      try (var client = EstClient.of(est, current);
          var beside = EstClient.of(est, current);
          var threads = Executors.newSingleThreadExecutor()) {
        var authorities = threads.submit(() -> beside.get("cacerts"));
        var answer = client.post("simpleenroll", wrapped);

        assertThat(authorities.get().status()).isEqualTo(200);
        assertThat(authorities.get().certificates()).contains(est.root);
        next.install(answer.certificate());
        assertThat(client.post("simpleenroll", wrapped).text()).isEqualTo(answer.text());
        assertThat(new String(wrapped, US_ASCII)).contains("\n");
      }
      current = next;
    }
    // one identity: what was renewed over simpleenroll is superseded like any other
    try (var client = EstClient.of(est, current)) {
      assertThat(client.post("simpleenroll", Requests.wrapped(device.rekeyed().csr())).status())
          .isEqualTo(200);
    }
    assertThat(record(device).revocation().orElseThrow().reason())
        .isEqualTo(RevocationReason.SUPERSEDED);
  }

  @Test
  @Tag("E7")
  void aDeviceHasNoSecondIdentityUnderAnotherLabel() throws Exception {
    var device = est.enrolled("e7-label");
    est.clock.advance(HALF);
    try (var client = EstClient.of(est, device)) {
      var answer = client.post("gateway/simpleenroll", Requests.wrapped(device.rekeyed().csr()));

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text())
          .isEqualTo("Refused: device:e7-label is registered for device, not for gateway.\n");
    }
  }

  private FakeDevice gateway(String id, String... hosts) throws Exception {
    var device = FakeDevice.fresh(id);
    var secret = est.register(id, TestProfiles.GATEWAY);
    try (var client = EstClient.anonymous(est)) {
      device.install(
          client
              .post(
                  "gateway/simpleenroll",
                  Requests.oneLine(hosts.length == 0 ? device.csr() : named(device, hosts)),
                  "Authorization: " + EstFixture.basic(id, secret.text()))
              .certificate());
    }
    return device;
  }

  private static EstClient.Answer reenroll(EstClient client, byte[] csr) throws Exception {
    return client.post("gateway/simplereenroll", Requests.oneLine(csr));
  }

  private CertificateRecord record(FakeDevice device) {
    return est.store.findByFingerprint(device.certificate().sha256()).orElseThrow();
  }

  private static byte[] named(FakeDevice device, String... hosts) {
    return request(
        device,
        new ExtensionRequest(RequestedExtension.subjectAltName(SubjectAltName.of(List.of(hosts)))));
  }

  private static byte[] request(FakeDevice device, CsrAttribute... attributes) {
    var key = device.key();
    return Csr.sign(
            DistinguishedName.ofCommonName(device.id()),
            key.publicKey(),
            List.of(attributes),
            key.algorithm(),
            key::sign)
        .toByteArray();
  }
}
