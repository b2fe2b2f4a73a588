package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.RunningServer.Answer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What brokers tell and ask, and what operators ask of the whole fleet, of a whole server.
class FleetApiTest {

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
  void aDeviceIsLetInUntilItIsRetired() throws Exception {
    var device = server.enrolled("pump-0001");

    var before = decide(device.certificate().sha256());
    assertThat(before.status()).as(before.body().toString()).isEqualTo(200);
    assertThat(before.body().path("decision").asText()).isEqualTo("allow");
    assertThat(before.body().path("device").asText()).isEqualTo("pump-0001");
    assertThat(before.body().path("ttl_seconds").asLong()).isEqualTo(60);

    retire("pump-0001");

    var after = decide(device.certificate().sha256());
    assertThat(after.body().path("decision").asText()).isEqualTo("deny");
    assertThat(after.body().path("reason").asText()).isEqualTo("retired");
    assertThat(server.monitoring("/metrics"))
        .contains("nameplate_decisions_total{decision=\"deny\",reason=\"retired\"}");
  }

  @Test
  void aCertificateIsAsGoodAsItsFingerprint() throws Exception {
    var device = server.enrolled("pump-0002");
    var pem = Pem.encode(device.certificate()).replace("\n", "\\n");

    assertThat(
            server
                .post("/decide", "{\"certificate\":\"" + pem + "\"}")
                .body()
                .path("reason")
                .asText())
        .isEqualTo("good");
    var colons = device.certificate().sha256().toUpperCase(Locale.ROOT);
    assertThat(decide(colons.replaceAll("(..)(?=.)", "$1:")).body().path("reason").asText())
        .isEqualTo("good");
  }

  @Test
  void whatIsNotOursOrOnHoldOrNotADevicesIsNotLetIn() throws Exception {
    var device = server.enrolled("pump-0003");
    var serial = device.certificate().serial().hex();
    assertThat(
            server
                .post("/certificates/" + serial + "/revoke", "{\"reason\":\"certificateHold\"}")
                .status())
        .isEqualTo(200);

    assertThat(reason(decide(device.certificate().sha256()))).isEqualTo("on_hold");
    assertThat(reason(decide("ab".repeat(32)))).isEqualTo("unknown");
    assertThat(reason(decide(server.admin().certificate().sha256()))).isEqualTo("not_a_device");
  }

  @Test
  void aQuestionThatCannotBeUnderstoodIsNoAllow() throws Exception {
    assertThat(decide("1234").status()).isEqualTo(400);
    assertThat(server.post("/decide", "{}").status()).isEqualTo(400);
    assertThat(server.post("/decide", "{\"certificate\":\"no\"}").status()).isEqualTo(400);
    assertThat(
            server
                .post("/decide", "{\"fingerprint\":\"" + "ab".repeat(32) + "\",\"source\":\"a b\"}")
                .status())
        .isEqualTo(400);
  }

  @Test
  void sightingsAreTakenOnceHoweverOftenTheyAreTold() throws Exception {
    var device = server.enrolled("pump-0004");
    var at = Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.SECONDS);
    var known = sighting(device.certificate().sha256(), at, "broker-4");
    var unknown = sighting("cd".repeat(32), at, "broker-4");

    var first = server.post("/sightings", "[" + known + "," + unknown + "]");
    var lines = lines(known + "\n" + unknown + "\n");

    assertThat(first.status()).as(first.body().toString()).isEqualTo(200);
    assertThat(first.body().path("counted").asInt()).isEqualTo(2);
    assertThat(first.body().path("unknown").asInt()).isEqualTo(1);
    assertThat(lines).contains("\"counted\":0", "\"repeated\":2");
    assertThat(rows("unknown-but-seen"))
        .anyMatch(row -> row.path("subject").asText().equals("cd".repeat(32)));
    assertThat(server.get("/devices/pump-0004/explain").body().at("/seen/0/source").asText())
        .isEqualTo("broker-4");
  }

  @Test
  void whatWasSeenBeforeItWasRetiredIsNoAlarmAndWhatIsSeenAfterIsOne() throws Exception {
    var device = server.enrolled("pump-0005");
    var hash = device.certificate().sha256();
    var before = Instant.now();
    retire("pump-0005");

    var late =
        server.post("/sightings", "[" + sighting(hash, before.minusSeconds(5), "broker-5") + "]");
    assertThat(late.body().path("retired").asInt()).isZero();
    assertThat(rows("retired-but-seen"))
        .noneMatch(row -> row.path("subject").asText().equals("device:pump-0005"));

    var seen =
        server.post("/sightings", "[" + sighting(hash, before.plusSeconds(30), "broker-5") + "]");
    assertThat(seen.body().path("retired").asInt()).isEqualTo(1);
    assertThat(rows("retired-but-seen"))
        .anyMatch(row -> row.path("subject").asText().equals("device:pump-0005"));
  }

  @Test
  void oneSightingThatCannotBeLeavesNothingOfTheRequest() throws Exception {
    var good = sighting("ef".repeat(32), Instant.now(), "broker-6");
    for (var bad :
        new String[] {
          sighting("ef".repeat(32), Instant.now().plus(Duration.ofHours(1)), "broker-6"),
          sighting("ef".repeat(32), Instant.now().minus(Duration.ofDays(400)), "broker-6"),
          sighting("ef".repeat(32), Instant.now(), "broker 6"),
          sighting("xy".repeat(32), Instant.now(), "broker-6"),
          "{\"fingerprint\":\"" + "ef".repeat(32) + "\"}",
          "{\"unknown\":1}",
          "null"
        }) {
      assertThat(server.post("/sightings", "[" + good + "," + bad + "]").status())
          .as(bad)
          .isEqualTo(400);
    }
    assertThat(rows("unknown-but-seen"))
        .noneMatch(row -> row.path("subject").asText().equals("ef".repeat(32)));
    var tooMany = "[" + good + ("," + good).repeat(1000) + "]";
    assertThat(server.post("/sightings", tooMany).status()).isEqualTo(413);
  }

  @Test
  void aDecisionIsASighting() throws Exception {
    var device = server.enrolled("pump-0007");
    assertThat(reason(decide(device.certificate().sha256()))).isEqualTo("good");

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> server.get("/devices/pump-0007/explain").body().path("seen").size() == 1);
  }

  @Test
  void everyReportIsListedAndAnswers() throws Exception {
    var kinds = server.get("/reports").body().path("items");

    assertThat(kinds).hasSize(12);
    for (var kind : kinds) {
      var name = kind.path("name").asText();
      var report = server.get("/reports/" + name + "?limit=1");
      assertThat(report.status()).as(name + " " + report.body()).isEqualTo(200);
      assertThat(server.get("/reports/" + name + "?after=nonsense").status())
          .as(name)
          .isIn(400, 200);
    }
    assertThat(server.get("/reports/all").status()).isEqualTo(404);
    assertThat(server.get("/reports/overdue?within=P1D").status()).isEqualTo(400);
    assertThat(server.get("/reports/expiring?within=soon").status()).isEqualTo(400);
  }

  @Test
  void aReportOfManyDevicesComesInPagesThatHaveEachOfThemOnce() throws Exception {
    for (int i = 0; i < 7; i++) {
      server.register("never-" + i);
    }
    var all = new ArrayList<String>();
    var next = "";
    do {
      var page =
          server
              .get("/reports/never-enrolled?limit=3" + (next.isEmpty() ? "" : "&after=" + next))
              .body();
      page.path("items").forEach(row -> all.add(row.path("subject").asText()));
      next = page.path("next").asText();
    } while (!next.isEmpty());

    assertThat(all).doesNotHaveDuplicates().contains("device:never-0", "device:never-6");
  }

  @Test
  void whoShowsAKeyOfAnotherOrARetiredNameIsInTheReports() throws Exception {
    var one = server.enrolled("pump-0008");
    var secret = server.register("pump-0009");
    var thief = server.enroll(Optional.empty(), "pump-0009", Optional.of(secret), one.key());
    assertThat(thief.statusCode()).isEqualTo(409);
    retire("pump-0008");
    var back =
        server.enroll(
            Optional.of(one), "pump-0008", Optional.empty(), SoftwareKey.generate(KeyType.EC_P256));
    assertThat(back.statusCode()).isEqualTo(403);

    assertThat(rows("duplicate-keys-refused"))
        .anyMatch(row ->
            row.path("subject").asText().equals("device:pump-0009")
                && row.path("count").asLong() == 1);
    assertThat(rows("tombstone-hits"))
        .anyMatch(row -> row.path("subject").asText().equals("device:pump-0008"));
  }

  @Test
  void anExplanationSaysWhatIsRetiredAndWhenToRenewAndHowItWasBefore() throws Exception {
    var before = Instant.now().minusSeconds(1);
    var device = server.enrolled("pump-0010");
    var now = server.get("/devices/pump-0010/explain").body();
    assertThat(now.path("profile_version").asText()).hasSize(64);
    assertThat(now.at("/renewal/serial").asText()).isEqualTo(device.certificate().serial().hex());
    assertThat(now.path("tombstones")).isEmpty();
    var enrolled = Instant.now();
    retire("pump-0010");

    assertThat(server.get("/devices/pump-0010/explain").body().path("tombstones"))
        .anyMatch(stone -> stone.path("kind").asText().equals("name"))
        .anyMatch(stone -> stone.path("kind").asText().equals("key"));
    assertThat(past("pump-0010", before).has("state")).isFalse();
    assertThat(past("pump-0010", enrolled).path("state").asText()).isEqualTo("enrolled");
    assertThat(past("pump-0010", enrolled).path("certificates")).hasSize(1);
    assertThat(past("pump-0010", Instant.now()).path("state").asText()).isEqualTo("retiring");
    assertThat(past("pump-0010", Instant.now()).path("certificates")).isEmpty();
    server.register("pump-0012");
    assertThat(server.post("/devices/pump-0012/cancel", "{\"why\":\"a slip\"}").status())
        .isEqualTo(200);
    assertThat(past("pump-0012", Instant.now()).path("state").asText()).isEqualTo("cancelled");
  }

  @Test
  void decisionsAreTheSameHoweverOftenABrokerAsks() throws Exception {
    var device = server.enrolled("pump-0011");
    var request =
        HttpRequest.newBuilder(URI.create(server.nameplate.adminUrl() + "/api/v1/decide"))
            .header("Content-Type", "application/json")
            .POST(
                BodyPublishers.ofString(
                    "{\"fingerprint\":\"" + device.certificate().sha256() + "\"}"))
            .build();
    try (var client =
        HttpClient.newBuilder().sslContext(server.tls(Optional.of(server.admin()))).build()) {
      for (int i = 0; i < 200; i++) {
        assertThat(client.send(request, BodyHandlers.ofString()).body()).contains("\"allow\"");
      }
    }
  }

  private static JsonNode past(String device, Instant at) throws Exception {
    var answer = server.get("/devices/" + device + "/explain/past?at=" + at);
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
    return answer.body();
  }

  private static Iterable<JsonNode> rows(String report) throws Exception {
    var answer = server.get("/reports/" + report + "?limit=1000");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
    return answer.body().path("items");
  }

  private static void retire(String device) throws Exception {
    var answer =
        server.post("/devices/" + device + "/retire", "{\"reason\":\"cessationOfOperation\"}");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
  }

  private static Answer decide(String fingerprint) throws Exception {
    return server.post("/decide", "{\"fingerprint\":\"" + fingerprint + "\"}");
  }

  private static String reason(Answer answer) {
    return answer.body().path("reason").asText();
  }

  private static String sighting(String fingerprint, Instant at, String source) {
    return "{\"fingerprint\":\"%s\",\"at\":\"%s\",\"source\":\"%s\"}"
        .formatted(fingerprint, at, source);
  }

  private static String lines(String body) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(server.nameplate.adminUrl() + "/api/v1/sightings"))
            .header("Content-Type", "application/x-ndjson")
            .POST(BodyPublishers.ofString(body))
            .build();
    return server.send(Optional.of(server.admin()), request).body();
  }
}
