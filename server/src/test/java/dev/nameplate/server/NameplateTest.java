package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// A device's life on a whole server with real parts: SoftHSM, H2, TLS.
class NameplateTest {

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void aDeviceIsEnrolledRenewedAndRetiredAndThenRefusedEverywhere() throws Exception {
    var pump = server.enrolled("pump-0017");
    var renewed = SoftwareKey.generate(KeyType.EC_P256);
    assertThat(
            server.enroll(Optional.of(pump), "pump-0017", Optional.empty(), renewed).statusCode())
        .isEqualTo(200);

    var more = server.post("/devices/pump-0017/secrets", "{}").body().get("text").asText();
    var retired = server.post("/devices/pump-0017/retire", "{\"reason\":\"cessationOfOperation\"}");
    assertThat(retired.status()).isEqualTo(200);
    assertThat(retired.body().at("/device/state").asText()).isEqualTo("retiring");
    assertThat(retired.body().get("revoked")).hasSize(2);

    var fresh = SoftwareKey.generate(KeyType.EC_P256);
    assertThat(server.enroll(Optional.of(pump), "pump-0017", Optional.empty(), fresh).statusCode())
        .as("renewal")
        .isEqualTo(403);
    assertThat(server.enroll(Optional.empty(), "pump-0017", Optional.of(more), fresh).statusCode())
        .as("enrollment by name")
        .isEqualTo(403);
    var other = server.register("pump-0018");
    assertThat(
            server
                .enroll(Optional.empty(), "pump-0018", Optional.of(other), pump.key())
                .statusCode())
        .as("enrollment by key, under another name")
        .isIn(403, 409);
    assertThat(server.post("/devices", "{\"id\":\"PUMP-0017\",\"profile\":\"device\"}").status())
        .as("the name in other letters")
        .isEqualTo(409);
    assertThat(server.ask(pump, "GET", "/server", "").status()).isEqualTo(403);
  }

  @Test
  void ocspCallsOurOwnCertificatesGood() throws Exception {
    var issuing = issuingCertificate();
    for (var own : List.of(server.made.adminCertificate(), server.dir.resolve("tls/server.pem"))) {
      var answer =
          Tool.OPENSSL.run(
              server.dir,
              "ocsp",
              "-issuer",
              issuing.toString(),
              "-cert",
              own.toString(),
              "-url",
              server.made.statusUrl() + "/ocsp",
              "-CAfile",
              server.made.trust().toString());
      assertThat(answer.output()).contains("Response verify OK").contains(own + ": good");
    }
  }

  @Test
  void noSecretIsEverLogged() throws Exception {
    var log = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    var heard = listener();
    log.addAppender(heard);
    var secrets = new ArrayList<String>();
    try {
      secrets.add(server.register("canary-1"));
      secrets.add("wrong-secret-of-the-canary");
      var key = SoftwareKey.generate(KeyType.EC_P256);
      for (var secret : List.copyOf(secrets).reversed()) {
        server.enroll(Optional.empty(), "canary-1", Optional.of(secret), key);
      }
      server.post("/devices/canary-1/retire", "{\"reason\":\"keyCompromise\"}");
    } finally {
      log.detachAppender(heard);
    }
    secrets.add(Files.readString(server.dir.resolve("secrets.key")).strip());
    secrets.add(Files.readString(server.dir.resolve("token/nameplate.pin")).strip());

    assertThat(heard.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .anyMatch(line -> line.startsWith("est POST /.well-known/est/simpleenroll 401"))
        .anyMatch(line -> line.startsWith("est POST /.well-known/est/simpleenroll 200"))
        .noneMatch(line -> secrets.stream().anyMatch(line::contains));
    assertThat(heard.list)
        .filteredOn(event -> event.getLoggerName().equals("access"))
        .allSatisfy(
            event -> assertThat(event.getMDCPropertyMap().get("request")).matches("[0-9a-f]{16}"));
  }

  @Test
  void whatOcspWarnsOfHasTheIdOfItsRequest() throws Exception {
    var log = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    var heard = listener();
    log.addAppender(heard);
    try {
      Tool.OPENSSL.run(
          server.dir,
          "ocsp",
          "-issuer",
          issuingCertificate().toString(),
          "-serial",
          "0x4711",
          "-url",
          server.made.statusUrl() + "/ocsp",
          "-CAfile",
          server.made.trust().toString());
    } finally {
      log.detachAppender(heard);
    }

    assertThat(heard.list)
        .filteredOn(event -> event.getFormattedMessage().contains("never used"))
        .isNotEmpty()
        .allSatisfy(
            event -> assertThat(event.getMDCPropertyMap().get("request")).matches("[0-9a-f]{16}"));
  }

  private Path issuingCertificate() throws Exception {
    var file = server.dir.resolve("issuing.pem");
    Files.writeString(
        file, Pem.encode(Pem.decodeCertificates(Files.readString(server.made.trust())).getLast()));
    return file;
  }

  private static ListAppender<ILoggingEvent> listener() {
    var heard =
        new ListAppender<ILoggingEvent>() {
          @Override
          protected void append(ILoggingEvent event) {
            // or the request id is looked up later, when it is gone
            event.prepareForDeferredProcessing();
            super.append(event);
          }
        };
    heard.start();
    return heard;
  }

  @Test
  void aSecondStartOnTheSameFolderIsRefusedWithTheReason() {
    assertThatThrownBy(() -> Nameplate.start(server.dir))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("is in use by process " + ProcessHandle.current().pid());
  }

  @Test
  void readyAndLiveAndMetricsAreSaid() throws Exception {
    assertThat(server.monitoring("/health/ready")).isEqualTo("ready\n");
    assertThat(server.monitoring("/health/live")).isEqualTo("live\n");
    server.enrolled("pump-metrics");

    assertThat(server.monitoring("/metrics"))
        .contains("nameplate_enrollment_stops_total{stop=\"completed\"}")
        .contains("nameplate_hsm_signature_seconds_count{key=\"issuing\"}")
        .contains("nameplate_ocsp_responses_total{status=\"good\"}")
        .contains("nameplate_http_requests_seconds_count{listener=\"est\",status=\"200\"}")
        .contains("nameplate_certificates{state=\"issued\"}")
        .contains("nameplate_crl_age_seconds{")
        .contains("jvm_memory_used_bytes")
        .contains("jetty_threads_current");
  }
}
