package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Requests that wait, as an operator sees them, and what a device is told and why.
@Tag("E11")
class ManualApprovalApiTest {

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server = RunningServer.startGuarded();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void anOperatorApprovesOnceAndTheDeviceCollects() throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var secret = register("pump-1");
    var queued = enroll("pump-1", secret, key);
    assertThat(queued.statusCode()).isEqualTo(202);
    assertThat(queued.body()).isEmpty();

    var waiting = server.get("/requests?state=pending&device=pump-1").body().at("/items/0");
    assertThat(waiting.get("subject").asText()).isEqualTo("cn=pump-1");
    assertThat(waiting.get("key_sha256").asText()).isEqualTo(key.publicKey().fingerprint().hex());
    assertThat(waiting.get("request_id").asText()).isEqualTo(id(queued));
    assertThat(waiting.get("csr").asText()).startsWith("-----BEGIN CERTIFICATE REQUEST-----");
    var request = "/requests/" + waiting.get("id").asText();
    var explained = server.get("/devices/pump-1/explain").body();
    assertThat(explained.get("answer").asText()).startsWith("202: request ");
    assertThat(explained.get("next").asText()).contains("nameplate request approve ");

    var approved = server.ask(server.admin(), "POST", request + "/approve", "");
    assertThat(approved.status()).isEqualTo(200);
    assertThat(approved.body().get("already").asBoolean()).isFalse();
    assertThat(approved.body().at("/request/decided_by").asText()).startsWith("admin:");
    var again = server.ask(server.admin(), "POST", request + "/approve", "");
    assertThat(again.body().get("already").asBoolean()).isTrue();

    assertThat(enroll("pump-1", secret, key).statusCode()).isEqualTo(200);
    assertThat(server.get(request).body().get("state").asText()).isEqualTo("used");
    assertThat(server.post(request + "/deny", "{\"reason\":\"no\"}").status()).isEqualTo(409);
    assertThat(server.get("/requests/zzzzzzzz").status()).isEqualTo(404);
    assertThat(server.get("/requests/not-one").status()).isEqualTo(400);
    assertThat(server.post("/devices/pump-1/retire", "{\"reason\":\"keyCompromise\"}").status())
        .isEqualTo(200);
  }

  @Test
  void aDeniedDeviceReadsTheReasonAndTheIdOfItsRequest() throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var secret = register("pump-2");
    enroll("pump-2", secret, key);
    var request =
        "/requests/" + server.get("/requests?device=pump-2").body().at("/items/0/id").asText();
    assertThat(server.post(request + "/deny", "{\"reason\":\" \"}").status()).isEqualTo(400);
    server.post(request + "/deny", "{\"reason\":\"not on the delivery note\"}");

    var refused = enroll("pump-2", secret, key);

    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body())
        .endsWith(": not on the delivery note (request " + id(refused) + ").\n");
    assertThat(server.ask(server.admin(), "POST", request + "/approve", "").status())
        .isEqualTo(409);
    var event = server.get("/devices/pump-2/explain").body().at("/events/0");
    assertThat(event.get("request_id").asText()).isEqualTo(id(refused));
    assertThat(event.get("credential").asText()).isEqualTo("secret");
    assertThat(event.get("what").asText())
        .contains("refused: REQUEST_DENIED: ", "not on the delivery note");
  }

  @Test
  void whatIsNoRequestIsWrittenDownIfWeKnowWhoSentIt() throws Exception {
    var secret = register("pump-3");
    var refused = post("pump-3", secret, "AAAA");

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("(request " + id(refused) + ")");
    var explained = server.get("/devices/pump-3/explain").body();
    assertThat(explained.at("/events/0/what").asText())
        .contains("MALFORMED_REQUEST: not a PKCS#10");
    assertThat(explained.at("/events/0/request_id").asText()).isEqualTo(id(refused));
    assertThat(explained.get("answer").asText()).startsWith("200 to an enrollment with secret ");
  }

  @Test
  void explainingSaysWhatToDoInEveryStateOfADevice() throws Exception {
    assertThat(explain("stranger").get("answer").asText()).startsWith("401: there is no device");
    assertThat(explain("stranger").get("next").asText()).contains("nameplate device add stranger");
    var pump = server.enrolled("pump-4");
    assertThat(explain("pump-4").get("answer").asText())
        .contains(pump.certificate().serial().hex());
    assertThat(explain("pump-4").at("/secrets/0/standing").asText()).isEqualTo("is spent");
    server.post(
        "/certificates/" + pump.certificate().serial().hex() + "/revoke",
        "{\"reason\":\"superseded\"}");
    assertThat(explain("pump-4").get("answer").asText()).endsWith("its secret is spent");
    assertThat(explain("pump-4").get("next").asText()).endsWith("nameplate device secret pump-4");
    server.post("/devices/pump-4/retire", "{\"reason\":\"cessationOfOperation\"}");
    assertThat(explain("pump-4").get("answer").asText()).startsWith("403: the device is retired");
  }

  private static JsonNode explain(String device) throws Exception {
    return server.get("/devices/" + device + "/explain").body();
  }

  private static String register(String device) throws Exception {
    var body = "{\"id\":\"" + device + "\",\"profile\":\"guarded\"}";
    return server.post("/devices", body).body().at("/secret/text").asText();
  }

  private static HttpResponse<String> enroll(String device, String secret, SoftwareKey key)
      throws Exception {
    var csr =
        Csr.sign(
            DistinguishedName.ofCommonName(device), key.publicKey(), key.algorithm(), key::sign);
    return post(device, secret, Base64.getEncoder().encodeToString(csr.toByteArray()));
  }

  private static HttpResponse<String> post(String device, String secret, String body)
      throws Exception {
    var credentials = (device + ":" + secret).getBytes(StandardCharsets.UTF_8);
    var url = server.nameplate.estUrl() + "/.well-known/est/guarded/simpleenroll";
    return server.send(
        Optional.empty(),
        HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", "application/pkcs10")
            .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials))
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private static String id(HttpResponse<String> response) {
    return response.headers().firstValue("X-Request-Id").orElseThrow();
  }
}
