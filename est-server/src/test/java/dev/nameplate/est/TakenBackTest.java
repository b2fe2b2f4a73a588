package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What was taken back stays so, whichever way somebody tries; and what only expired may come late.
final class TakenBackTest {

  private final EstFixture est = EstFixture.start();
  private final Manufacturer maker;
  private final SoftwareKey idevidKey = SoftwareKey.generate(KeyType.EC_P256);
  private final Certificate idevid;

  TakenBackTest() throws Exception {
    maker = Manufacturer.root("Maker");
    est.anchor("made", maker.certificate());
    idevid = maker.idevid("px", idevidKey);
  }

  @AfterEach
  void stop() {
    est.close();
  }

  enum End {
    REVOKED,
    SUPERSEDED,
    RETIRED
  }

  enum Way {
    ENROLL,
    REENROLL,
    KEPT_CONNECTION,
    SPENT_SECRET,
    SPENT_SECRET_AND_NEW_KEY,
    UNSPENT_SECRET,
    IDEVID,
    SAME_KEY_NEW_NAME
  }

  /// A secret that nobody spent and an IDevID are other ways in, which a revocation or a successor
  /// does not close; retirement closes all of them.
  private static int status(End end, Way way) {
    return switch (way) {
      case ENROLL, REENROLL, KEPT_CONNECTION -> 403;
      // the old answer is given again while it is pending, and it is not any more
      case SPENT_SECRET, SPENT_SECRET_AND_NEW_KEY -> 403;
      case UNSPENT_SECRET, IDEVID -> end == End.RETIRED ? 403 : 200;
      case SAME_KEY_NEW_NAME -> end == End.SUPERSEDED ? 409 : 403;
    };
  }

  static Stream<Arguments> everything() {
    return Stream.of(End.values())
        .flatMap(end -> Stream.of(Way.values()).map(way -> Arguments.of(end, way)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("everything")
  @Tag("S12")
  void everyWayIsClosed(End end, Way way) throws Exception {
    var spent = est.register("px", TestProfiles.MADE);
    var unspent = est.secret("px", 1);
    var thief = est.register("thief", TestProfiles.MADE);
    var device = FakeDevice.fresh("px");
    try (var anonymous = EstClient.anonymous(est)) {
      device.install(bySecret(anonymous, "px", device.csr(), spent).certificate());
    }
    try (var kept = EstClient.of(est, device)) {
      take(end, device, kept);
      long issued = est.audited(AuditEvent.Issued.class).size();

      var answer = attempt(way, device, kept, spent, unspent, thief);

      assertThat(answer.status()).as(answer.text()).isEqualTo(status(end, way));
      assertThat(est.audited(AuditEvent.Issued.class))
          .hasSize((int) issued + (answer.status() == 200 ? 1 : 0));
      if (answer.status() == 403) {
        assertThat(answer.text()).startsWith("Refused: ");
      }
    }
  }

  private void take(End end, FakeDevice device, EstClient client) throws Exception {
    var renewal = client.post("made/simplereenroll", Requests.oneLine(device.csr()));
    assertThat(renewal.status()).isEqualTo(200);
    var next = FakeDevice.with("px", device.key());
    next.install(renewal.certificate());
    switch (end) {
      case REVOKED -> est.revoke(device.certificate(), RevocationReason.KEY_COMPROMISE);
      case RETIRED -> est.retire("px");
      case SUPERSEDED -> {
        try (var successor = EstClient.of(est, next)) {
          successor.post("made/simplereenroll", Requests.oneLine(next.csr()));
        }
      }
    }
  }

  private EstClient.Answer attempt(
      Way way,
      FakeDevice device,
      EstClient kept,
      IssuedSecret spent,
      IssuedSecret unspent,
      IssuedSecret thief)
      throws Exception {
    var fresh = Requests.of("px", SoftwareKey.generate(KeyType.EC_P256));
    return switch (way) {
      case KEPT_CONNECTION -> kept.post("made/simplereenroll", Requests.oneLine(device.csr()));
      case ENROLL, REENROLL -> {
        try (var client = EstClient.of(est, device)) {
          var operation = way == Way.ENROLL ? "made/simpleenroll" : "made/simplereenroll";
          yield client.post(operation, Requests.oneLine(fresh));
        }
      }
      case IDEVID -> {
        try (var client = EstClient.presenting(est, idevidKey, idevid)) {
          yield client.post("made/simpleenroll", Requests.oneLine(fresh));
        }
      }
      case SPENT_SECRET, SPENT_SECRET_AND_NEW_KEY, UNSPENT_SECRET, SAME_KEY_NEW_NAME -> {
        try (var client = EstClient.anonymous(est)) {
          yield switch (way) {
            case SPENT_SECRET -> bySecret(client, "px", device.csr(), spent);
            case SPENT_SECRET_AND_NEW_KEY -> bySecret(client, "px", fresh, spent);
            case UNSPENT_SECRET -> bySecret(client, "px", fresh, unspent);
            default -> bySecret(client, "thief", Requests.of("thief", device.key()), thief);
          };
        }
      }
    };
  }

  private static EstClient.Answer bySecret(
      EstClient client, String user, byte[] csr, IssuedSecret secret) throws Exception {
    return client.post(
        "made/simpleenroll",
        Requests.oneLine(csr),
        "Authorization: " + EstFixture.basic(user, secret.text()));
  }

  @Test
  @Tag("S12")
  void anIdevidOfARetiredDeviceIsRefusedInAResumedSession(@TempDir Path folder) throws Exception {
    est.register("px", TestProfiles.MADE);
    var device = FakeDevice.with("px", idevidKey);
    device.install(idevid);
    Pems.write(folder, est, device);
    var body =
        new String(
            Requests.oneLine(Requests.of("px", SoftwareKey.generate(KeyType.EC_P256))), UTF_8);
    var request =
        "POST /.well-known/est/made/simpleenroll HTTP/1.1\r\nHost: localhost\r\n"
            + "Connection: close\r\nContent-Type: application/pkcs10\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body;

    assertThat(sClient(folder, request, "-sess_out")).contains("HTTP/1.1 200 OK");
    est.retire("px");

    assertThat(sClient(folder, request, "-sess_in"))
        .contains("Reused, TLSv1.")
        .contains("HTTP/1.1 403 Forbidden")
        .contains("device:px is retired");
  }

  private String sClient(Path folder, String request, String session) {
    return Tool.OPENSSL
        .feed(
            request,
            folder,
            "s_client",
            "-connect",
            "127.0.0.1:" + est.port(),
            "-ign_eof",
            "-CAfile",
            "trust.pem",
            "-cert",
            "device.pem",
            "-key",
            "device.key",
            session,
            "session")
        .out();
  }

  @Test
  @Tag("S10")
  void withinTheGraceAnExpiredCertificateRenewsItselfAndDoesNothingElse() throws Exception {
    var device = enrolledUnder("made", TestProfiles.MADE);
    est.clock.advance(Duration.ofDays(90 + 6));
    try (var client = EstClient.of(est, device)) {
      var next = device.rekeyed();
      var first = client.post("made/simpleenroll", Requests.oneLine(next.csr()));
      assertThat(first.status()).isEqualTo(403);
      assertThat(first.text()).contains("the client certificate expired at ");

      next.install(client.post("made/simplereenroll", Requests.oneLine(next.csr())).certificate());
      try (var renewed = EstClient.of(est, next)) {
        assertThat(renewed.post("made/simplereenroll", Requests.oneLine(next.csr())).status())
            .isEqualTo(200);
      }
      // another took its place
      assertThat(client.post("made/simplereenroll", Requests.oneLine(next.csr())).status())
          .isEqualTo(403);
    }
  }

  @Test
  @Tag("S10")
  void beyondTheGraceTheAnswerSaysSinceWhenAndWhatToDo() throws Exception {
    var device = enrolledUnder("made", TestProfiles.MADE);
    est.clock.advance(Duration.ofDays(90 + 8));
    try (var client = EstClient.of(est, device)) {
      var late = client.post("made/simplereenroll", Requests.oneLine(device.csr()));

      assertThat(late.status()).isEqualTo(403);
      assertThat(late.text())
          .contains("the client certificate expired at " + device.certificate().notAfter())
          .contains("longer than the grace of 168 h ago")
          .endsWith("enroll again with a new enrollment secret.\n");
    }
  }

  @Test
  @Tag("S10")
  @Tag("S12")
  void noGraceMakesARevokedCertificateGood() throws Exception {
    var device = enrolledUnder("made", TestProfiles.MADE);
    est.revoke(device.certificate(), RevocationReason.UNSPECIFIED);
    est.clock.advance(Duration.ofDays(91));
    try (var client = EstClient.of(est, device)) {
      assertThat(client.post("made/simplereenroll", Requests.oneLine(device.csr())).text())
          .contains("was revoked at");
    }
  }

  @Test
  @Tag("S10")
  void noGraceMakesACertificateGoodBeforeItBegins() throws Exception {
    var device = enrolledUnder("made", TestProfiles.MADE);
    est.clock.advance(Duration.ofMinutes(-6));
    try (var client = EstClient.of(est, device)) {
      assertThat(client.post("made/simplereenroll", Requests.oneLine(device.csr())).text())
          .contains("the client certificate is not valid before");
    }
  }

  private FakeDevice enrolledUnder(String label, CertificateProfile profile) throws Exception {
    var secret = est.register("late", profile);
    var device = FakeDevice.fresh("late");
    try (var client = EstClient.anonymous(est)) {
      device.install(
          client
              .post(
                  label + "/simpleenroll",
                  Requests.oneLine(device.csr()),
                  "Authorization: " + EstFixture.basic("late", secret.text()))
              .certificate());
    }
    return device;
  }
}
