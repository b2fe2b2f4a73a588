package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.RunningServer.Answer;
import dev.nameplate.server.admin.AdminApi;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminApiTest {

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server = RunningServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Nested
  class Devices {

    @Test
    void aDeviceIsRegisteredWithASecretThatIsShownOnce() throws Exception {
      var answer =
          server.post(
              "/devices",
              """
              {"id": "valve-1", "profile": "device", "secret_uses": 3, "secret_ttl": "PT1H"}
              """);

      assertThat(answer.status()).isEqualTo(201);
      assertThat(answer.requestId()).isPresent();
      var secret = answer.body().get("secret");
      assertThat(secret.get("text").asText()).hasSize(32);
      assertThat(secret.get("uses").asInt()).isEqualTo(3);
      var now = Instant.parse(server.get("/server").body().get("now").asText());
      assertThat(Instant.parse(secret.get("expires").asText()))
          .isBetween(now.plusSeconds(3500), now.plusSeconds(3700));
      var shown = server.get("/devices/valve-1").body().get("device");
      assertThat(shown.get("state").asText()).isEqualTo("registered");
      assertThat(shown.get("profile").asText()).isEqualTo("device");
      assertThat(shown.has("retired_at")).isFalse();
    }

    @Test
    void aNameIsGivenOnceWhateverItsLetters() throws Exception {
      server.register("valve-2");

      problem(
          server.post("/devices", "{\"id\":\"VALVE-2\",\"profile\":\"device\"}"),
          409,
          "name_taken");
    }

    @Test
    void listsComeInPages() throws Exception {
      for (int i = 0; i < 3; i++) {
        server.register("list-" + i);
      }

      var first = server.get("/devices?limit=2&after=list-").body();
      assertThat(first.at("/items/0/id").asText()).isEqualTo("list-0");
      assertThat(first.get("next").asText()).isEqualTo("list-1");
      var second = server.get("/devices?limit=2&state=registered&after=list-1").body();
      assertThat(second.at("/items/0/id").asText()).isEqualTo("list-2");
    }

    @Test
    void retiringTwiceSaysSo() throws Exception {
      server.enrolled("valve-3");
      server.post("/devices/valve-3/retire", "{\"reason\":\"cessationOfOperation\"}");
      var again = server.post("/devices/valve-3/retire", "{\"reason\":\"keyCompromise\"}");

      assertThat(again.status()).isEqualTo(200);
      assertThat(again.body().get("already").asBoolean()).isTrue();
      problem(server.post("/devices/valve-3/secrets", "{}"), 409, "retired");
      problem(
          server.post("/devices", "{\"id\":\"valve-3\",\"profile\":\"device\"}"),
          409,
          "name_retired");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "{\"id\":\"a b\",\"profile\":\"device\"} | id: not a device id: a b",
          "{\"profile\":\"device\"} | field id is missing",
          "{\"id\":\"x\"} | field profile is missing",
          "{\"id\":\"x\",\"profile\":\"admin\"} | profile: there is no profile 'admin' for devices",
          "{\"id\":\"x\",\"profile\":\"device\",\"secret_uses\":0} | secret_uses: 0 is not 1 to 1000",
          "{\"id\":\"x\",\"profile\":\"device\",\"colour\":1} | unknown field colour",
          "{\"id\":7,\"profile\":\"device\"} | field id has a value of the wrong kind",
          "{\"id\":\"x\",\"profile\":\"device\",\"secret_ttl\":\"soon\"}"
              + " | field secret_ttl has a value of the wrong kind",
          "{\"id\":\"x\",\"id\":\"y\",\"profile\":\"device\"} | the body is not JSON: line 1, column 15",
          "[] | the body is not the JSON object that is wanted here",
          "{\"id\" | the body is not JSON: line 1, column 6",
        })
    void whatIsWrongWithARequestIsNamed(String body, String detail) throws Exception {
      var answer = server.post("/devices", body);

      problem(answer, 400, "invalid_request");
      assertThat(answer.body().get("detail").asText()).isEqualTo(detail);
    }
  }

  @Nested
  class Certificates {

    @Test
    void theLastSecurityOfficersLastCertificateIsNotRevoked() throws Exception {
      var path = "/certificates/" + server.admin().certificate().serial().hex() + "/revoke";

      var refused = server.post(path, "{\"reason\":\"certificateHold\"}");

      assertThat(refused.status()).as(refused.body().toString()).isEqualTo(409);
      assertThat(refused.body().get("code").asText()).isEqualTo("last_security_officer");
    }

    @Test
    void aCertificateIsFoundAndRevokedOnce() throws Exception {
      var certificate = server.enrolled("sensor-1").certificate();
      var path = "/certificates/" + certificate.serial().hex();

      var listed = server.get("/certificates?device=sensor-1&state=issued").body();
      assertThat(listed.at("/items/0/serial").asText()).isEqualTo(certificate.serial().hex());
      assertThat(listed.at("/items/0/slot").asText()).isEqualTo("pending");
      var shown = server.get(path).body();
      assertThat(Pem.decodeCertificates(shown.get("pem").asText())).containsExactly(certificate);
      assertThat(shown.get("owner").asText()).isEqualTo("device:sensor-1");
      assertThat(shown.get("key").asText()).isEqualTo("ec-p256");

      var body = "{\"reason\":\"keyCompromise\",\"invalidity_date\":\"2026-01-01T00:00:00Z\"}";
      var revoked = server.post(path + "/revoke", body).body();
      assertThat(revoked.get("already").asBoolean()).isFalse();
      assertThat(revoked.at("/certificate/revocation/reason").asText()).isEqualTo("keyCompromise");
      assertThat(revoked.at("/certificate/revocation/invalidity_date").asText())
          .isEqualTo("2026-01-01T00:00:00Z");
      assertThat(server.post(path + "/revoke", body).body().get("already").asBoolean()).isTrue();
      problem(
          server.post(path + "/revoke", "{\"reason\":\"superseded\"}"), 409, "revoked_otherwise");
    }

    @Test
    @Tag("C02")
    void aCertificateIsHeldReleasedAndHeldForGood() throws Exception {
      var path = "/certificates/" + server.enrolled("sensor-3").certificate().serial().hex();
      var hold = "{\"reason\":\"certificateHold\"}";

      var held = server.post(path + "/revoke", hold).body();
      assertThat(held.at("/certificate/revocation/reason").asText()).isEqualTo("certificateHold");
      assertThat(held.at("/certificate/slot").asText()).isEqualTo("pending");
      assertThat(server.post(path + "/revoke", hold).body().get("already").asBoolean()).isTrue();

      var released = server.post(path + "/release", "{}").body();
      assertThat(released.get("already").asBoolean()).isFalse();
      assertThat(released.get("certificate").has("revocation")).isFalse();
      assertThat(server.post(path + "/release", "{}").body().get("already").asBoolean()).isTrue();

      server.post(path + "/revoke", hold);
      var since = server.get(path).body().at("/revocation/at").asText();
      var ended = server.post(path + "/revoke", "{\"reason\":\"privilegeWithdrawn\"}").body();
      assertThat(ended.get("already").asBoolean()).isFalse();
      assertThat(ended.at("/certificate/revocation/reason").asText())
          .isEqualTo("privilegeWithdrawn");
      assertThat(ended.at("/certificate/revocation/at").asText()).isEqualTo(since);
      problem(server.post(path + "/release", "{}"), 409, "not_on_hold");
      problem(server.post(path + "/revoke", hold), 409, "revoked_otherwise");
      problem(
          server.post("/devices/sensor-3/retire", "{\"reason\":\"certificateHold\"}"),
          400,
          "invalid_request");
      assertThat(server.get("/devices/sensor-3/explain").body().get("events"))
          .extracting(event -> event.get("what").asText())
          .anyMatch(what -> what.startsWith("off hold: serial "))
          .anyMatch(what -> what.contains("(privilegeWithdrawn, before certificateHold)"));
    }

    @Test
    void whatIsWrongIsSaid() throws Exception {
      var serial = server.enrolled("sensor-2").certificate().serial().hex();

      problem(server.get("/certificates/zz"), 400, "invalid_request");
      problem(server.get("/certificates/0123"), 404, "not_found");
      problem(server.get("/certificates?state=lost"), 400, "invalid_request");
      problem(server.get("/certificates?limit=5000"), 400, "invalid_request");
      problem(
          server.post("/certificates/" + serial + "/revoke", "{\"reason\":\"boredom\"}"),
          400,
          "invalid_request");
      problem(
          server.post(
              "/certificates/" + serial + "/revoke",
              "{\"reason\":\"keyCompromise\",\"invalidity_date\":\"-0005-01-01T00:00:00Z\"}"),
          400,
          "invalid_request");
      problem(
          server.post(
              "/certificates/" + serial + "/revoke",
              "{\"reason\":\"keyCompromise\",\"invalidity_date\":\"2999-01-01T00:00:00Z\"}"),
          400,
          "invalid_request");
    }
  }

  @Nested
  class AuditAndServer {

    @Test
    void theAuditLogIsReadAndIntact() throws Exception {
      server.register("audited");

      var rows = server.get("/audit?subject=device:audited&limit=10").body().get("items");
      assertThat(rows.get(0).get("kind").asText()).isEqualTo("SecretIssued");
      assertThat(rows.get(1).get("kind").asText()).isEqualTo("OwnerRegistered");
      assertThat(rows.get(1).get("payload").asText()).contains("admin:first");
      var verdict = server.post("/audit/verify", "").body();
      assertThat(verdict.get("intact").asBoolean()).isTrue();
      assertThat(verdict.get("rows").asLong()).isGreaterThan(10);
    }

    @Test
    void issuersAndServerAreShown() throws Exception {
      var issuers = server.get("/issuers").body().get("items");
      assertThat(issuers).hasSize(2);
      assertThat(issuers.get(0).get("role").asText()).isEqualTo("root");
      assertThat(issuers.get(1).get("name").asText())
          .isEqualTo("cn=Acme Devices Issuing CA 1,o=Acme Devices");
      assertThat(issuers.get(1).get("ocsp_url").asText())
          .isEqualTo(server.made.statusUrl() + "/ocsp");
      var shown = server.get("/server").body();
      assertThat(shown.get("version").asText()).isEqualTo(Version.text());
      assertThat(shown.get("node").asText()).isEqualTo("main");
    }
  }

  @Test
  void theApiDescribesItself() throws Exception {
    var document = server.get("/openapi.json");

    assertThat(document.type()).isEqualTo("application/json");
    assertThat(document.body().get("openapi").asText()).startsWith("3.");
    assertThat(document.body().at("/servers/0/url").asText()).isEqualTo(AdminApi.PATH);
    assertThat(document.body().at("/paths/~1devices/get/responses/200").isObject()).isTrue();
  }

  @Nested
  class Strangers {

    @Test
    void aDeviceIsNoAdministratorOnAnyPath() throws Exception {
      var device = server.enrolled("intruder");

      problem(server.ask(device, "GET", "/devices", ""), 403, "forbidden");
      problem(server.ask(device, "GET", "/no/such/path", ""), 403, "forbidden");
      problem(server.ask(device, "DELETE", "/devices", ""), 403, "forbidden");
      var written = server.get("/audit?subject=device:intruder&limit=1").body().at("/items/0");
      assertThat(written.get("kind").asText()).isEqualTo("Refused");
      assertThat(written.get("payload").asText()).contains("device:intruder is no administrator");
    }

    @Test
    void anAdministratorOfAnotherCaIsForbidden() throws Exception {
      var made =
          Tool.OPENSSL.run(
              server.dir,
              "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=first"
                  .concat(" -keyout stranger.key -out stranger.pem")
                  .split(" "));
      assertThat(made.exit()).as(made.output()).isZero();
      var stranger =
          new RunningServer.Identity(
              SoftwareKey.fromPem(Files.readString(server.dir.resolve("stranger.key"))),
              Pem.decodeCertificates(Files.readString(server.dir.resolve("stranger.pem"))));

      var answer = server.ask(stranger, "GET", "/devices", "");

      problem(answer, 403, "forbidden");
      assertThat(answer.body().get("detail").asText())
          .isEqualTo("the client certificate is not known here");
    }

    @Test
    void aClientWithoutTheKeyOfItsCertificateGetsNoConnection() throws Exception {
      var device = server.enrolled("thief");
      var thief = new RunningServer.Identity(device.key(), server.admin().chain());

      assertThatThrownBy(() -> server.ask(thief, "GET", "/devices", ""))
          .isInstanceOf(IOException.class);
    }

    @Test
    void withoutAClientCertificateThereIsNoConnection() {
      var request =
          HttpRequest.newBuilder(URI.create(server.nameplate.adminUrl() + "/api/v1/server"));

      assertThatThrownBy(() -> server.send(Optional.empty(), request.build()))
          .isInstanceOf(IOException.class);
    }
  }

  @Nested
  class Http {

    @Test
    void aBodyThatDoesNotArriveWholeIsTheClientsFault() throws Exception {
      var url = server.nameplate.adminUrl();
      var socket =
          (SSLSocket)
              server
                  .tls(Optional.of(server.admin()))
                  .getSocketFactory()
                  .createSocket("localhost", url.getPort());
      try (socket) {
        socket
            .getOutputStream()
            .write(
                ("POST /api/v1/devices HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                        + " application/json\r\nContent-Length: 100\r\n\r\n{")
                    .getBytes(US_ASCII));
        socket.shutdownOutput();
        var answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
        assertThat(answer).startsWith("HTTP/1.1 400 ");
      }
    }

    @Test
    void unknownPathsMethodsAndMediaTypesAreProblemsToo() throws Exception {
      problem(server.get("/no/such/path"), 404, "not_found");
      problem(server.ask(server.admin(), "DELETE", "/devices", ""), 405, "method_not_allowed");
      problem(server.post("/devices", " ".repeat(20_000)), 413, "too_large");
      problem(server.get("/devices/nobody"), 404, "not_found");
      problem(server.ask(server.admin(), "POST", "/devices", ""), 400, "invalid_request");
    }
  }

  private static void problem(Answer answer, int status, String code) {
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(status);
    assertThat(answer.type()).isEqualTo(AdminApi.PROBLEM_JSON);
    assertThat(answer.body().get("status").asInt()).isEqualTo(status);
    assertThat(answer.body().get("code").asText()).isEqualTo(code);
    assertThat(answer.body().get("detail").asText()).isNotBlank();
    assertThat(answer.body().get("request_id").asText()).isEqualTo(answer.requestId().orElse(""));
  }
}
