package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.enrollment.ApprovalSettings;
import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.enrollment.Stop;
import dev.nameplate.ca.store.DecideOutcome;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.RequestQuery;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// RFC 7030 section 4.2.3: 202 while an operator has not decided, and what comes then.
@Tag("E11")
final class ManualApprovalTest {

  private static final Duration LIFE = Duration.ofDays(7);

  @TempDir private Path folder;

  private final EstFixture est = EstFixture.start();
  private final FakeDevice pump = FakeDevice.fresh("pump-0017");
  private final IssuedSecret secret = est.register("pump-0017", TestProfiles.GUARDED);

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  void theRequestIsAcceptedWithoutABodyAndSaysWhenToAskAgain() throws Exception {
    var answer = ask(pump);

    assertThat(answer.statusLine()).startsWith("HTTP/1.1 202 ");
    assertThat(answer.header("Retry-After")).contains("60");
    assertThat(answer.header("Content-Length")).contains("0");
    assertThat(answer.headers()).noneMatch(line -> line.startsWith("Content-Type"));
    assertThat(answer.text()).isEmpty();
    assertThat(est.audited(AuditEvent.RequestQueued.class)).hasSize(1);
  }

  @Test
  void whoSignsTheRequestAnewEachTimeGetsTheCertificateOnceItIsApproved() throws Exception {
    ask(pump);
    // an ECDSA signature is never the same twice
    assertThat(ask(pump).status()).isEqualTo(202);
    assertThat(est.store.countPending()).isOne();
    approve();

    var certificate = ask(pump).certificate();

    assertThat(certificate.publicKey()).isEqualTo(pump.key().publicKey());
    // and the same one again if the answer was lost
    assertThat(ask(pump).certificate()).isEqualTo(certificate);
  }

  @Test
  void theClientIsToldWhyAnOperatorSaidNo() throws Exception {
    ask(pump);
    est.store.deny(
        waiting(est, "pump-0017").id(),
        "not on the delivery note",
        LIFE,
        est.clock.instant(),
        "alice");

    var answer = ask(pump);

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text())
        .contains("denied", "not on the delivery note")
        .doesNotContain("alice");
    assertThat(est.audited(AuditEvent.Refused.class).getLast()).contains("REQUEST_DENIED");
  }

  @Test
  void aRenewalIsNotQueuedNorAnEnrollmentWithTheCertificate() throws Exception {
    ask(pump);
    approve();
    pump.install(ask(pump).certificate());

    try (var client = EstClient.of(est, pump)) {
      var renewed = pump.rekeyed();
      renewed.install(
          client.post("guarded/simplereenroll", Requests.oneLine(renewed.csr())).certificate());
      try (var next = EstClient.of(est, renewed)) {
        // as Azure IoT Edge does it
        assertThat(
                next.post("guarded/simpleenroll", Requests.oneLine(pump.rekeyed().csr())).status())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void aRetiredDeviceIsNotLetInByAnApproval() throws Exception {
    ask(pump);
    est.retire("pump-0017");

    assertThat(ask(pump).status()).isIn(401, 403);
    assertThat(est.store.countPending()).isZero();
    assertThat(est.audited(AuditEvent.RequestVoided.class)).hasSize(1);
  }

  @Test
  @Tag("E13")
  void aKeyThatIsAwayKeepsNobodyFromQueueing() throws Exception {
    est.issuingKey.unplug();
    assertThat(ask(pump).status()).isEqualTo(202);
    approve();

    assertThat(ask(pump).status()).isEqualTo(503);
    est.issuingKey.plugBackIn();
    assertThat(ask(pump).status()).isEqualTo(200);
  }

  @Test
  void curlPollsUntilItIsApproved() throws Exception {
    Pems.write(folder, est, pump);
    Files.write(folder.resolve("csr.b64"), Requests.wrapped(pump.csr()));

    assertThat(curl()).isEqualTo("202 60");
    approve();
    assertThat(curl()).isEqualTo("200 ");
  }

  @Test
  void strongswanPollsUntilItIsApproved() throws Exception {
    // it knows no labels, and never asks more often than it is told to
    var everySecond = new ApprovalSettings(Duration.ofSeconds(1), LIFE, 10, 10);
    try (var guarded = EstFixture.start("guarded", everySecond)) {
      var valve = FakeDevice.fresh("valve-3");
      var one = guarded.register("valve-3", TestProfiles.GUARDED);
      Pems.write(folder, guarded, valve);
      var asked = new AtomicInteger();
      guarded.stops =
          (stop, _) -> {
            if (stop == Stop.LINTED && asked.incrementAndGet() == 3) {
              approve(guarded, "valve-3");
            }
          };

      var answer =
          Tool.PKI
              .run(
                  folder,
                  "--est",
                  "--url",
                  "https://localhost:" + guarded.port(),
                  "--in",
                  "device.csr",
                  "--cacert",
                  "root.pem",
                  "--cacert",
                  "issuing.pem",
                  "--userpass",
                  "valve-3:" + one.text(),
                  "--interval",
                  "2",
                  "--maxpolltime",
                  "60",
                  "--outform",
                  "pem")
              .ok();

      assertThat(asked).hasValue(3);
      var certificate = Pem.decodeCertificates(answer.out()).getFirst();
      assertThat(certificate.publicKey()).isEqualTo(valve.key().publicKey());
    }
  }

  private String curl() {
    return Tool.CURL
        .run(
            folder,
            "-sS",
            "--noproxy",
            "*",
            "--cacert",
            "root.pem",
            "-o",
            "answer",
            "-w",
            "%{http_code} %header{retry-after}",
            "-u",
            "pump-0017:" + secret.text(),
            "-H",
            "Content-Type: application/pkcs10",
            "--data-binary",
            "@csr.b64",
            "https://localhost:" + est.port() + EstClient.EST + "guarded/simpleenroll")
        .ok()
        .out();
  }

  private EstClient.Answer ask(FakeDevice device) throws Exception {
    try (var client = EstClient.anonymous(est)) {
      return client.post(
          "guarded/simpleenroll",
          Requests.oneLine(device.csr()),
          "Authorization: " + EstFixture.basic(device.id(), secret.text()));
    }
  }

  private PendingRequest waiting(EstFixture server, String device) {
    return server.store.list(RequestQuery.ofOwner(new DeviceId(device).owner())).getLast();
  }

  private void approve() {
    approve(est, "pump-0017");
  }

  private void approve(EstFixture server, String device) {
    var id = waiting(server, device).id();
    assertThat(server.store.approve(id, LIFE, server.clock.instant(), "alice"))
        .isInstanceOf(DecideOutcome.Decided.class);
  }
}
