package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.RunningServer.Identity;
import java.math.BigInteger;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Trust anchors and stations, from the admin API to EST and the database, in a server that runs.
class TrustApiTest {

  private static final Instant MADE = Instant.parse("2025-01-01T00:00:00Z");

  private static final TestAuthority MAKER =
      TestAuthority.root("Maker Root", KeyType.EC_P256, MADE.minus(Duration.ofDays(1)));

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    var first = RunningServer.start();
    var profiles = first.dir.resolve("profiles");
    Files.writeString(
        profiles.resolve("made.yaml"),
        Files.readString(profiles.resolve("device.yaml"))
            .replace("name: device", "name: made")
            .replace(
                "credentials: [secret, certificate]",
                "credentials: [certificate, manufacturer, station], idevid: common-name,"
                    + " register: automatically, expired_grace: 7d"));
    server = first.restarted();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  @Tag("S3")
  void anAnchorCountsAtOnceAndNoLongerThanItIsThere() throws Exception {
    var px = idevid("px-1");
    assertThat(enroll(px, "px-1")).isEqualTo(403);

    var added = server.post("/labels/made/anchors", anchor(MAKER.certificate(), "px-*"));
    assertThat(added.status()).as(added.body().toString()).isEqualTo(201);
    assertThat(added.body().get("serials").asText()).isEqualTo("px-*");
    assertThat(added.body().get("added_by").asText()).isEqualTo("admin:first");
    assertThat(enroll(px, "px-1")).isEqualTo(200);
    assertThat(enroll(idevid("pz-1"), "pz-1")).isEqualTo(403);
    var listed = server.get("/labels/made/anchors").body().get("items");
    assertThat(listed).hasSize(1);
    assertThat(server.get("/anchors").body().get("items")).hasSize(1);
    assertThat(server.post("/labels/made/anchors", anchor(MAKER.certificate(), "*")).status())
        .isEqualTo(409);

    var path = "/labels/made/anchors/" + listed.get(0).get("sha256").asText();
    assertThat(server.ask(server.admin(), "DELETE", path, "").status()).isEqualTo(200);
    assertThat(enroll(idevid("px-2"), "px-2")).isEqualTo(403);
    assertThat(server.ask(server.admin(), "DELETE", path, "").status()).isEqualTo(404);
    assertThat(server.get("/devices/px-1").body().at("/device/state").asText())
        .isEqualTo("enrolled");
    assertThat(server.get("/devices/px-2").status()).isEqualTo(404);
  }

  @Test
  @Tag("I4")
  void whatCannotBeAnAnchorIsRefusedWithAReason() throws Exception {
    for (var ours : Pem.decodeCertificates(Files.readString(server.made.trust()))) {
      var answer = server.post("/labels/made/anchors", anchor(ours, "*"));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body().get("detail").asText()).contains("it is our own authority's");
    }
    var device = server.post("/labels/made/anchors", anchor(idevid("x").certificate(), "*"));
    assertThat(device.status()).isEqualTo(400);
    assertThat(device.body().get("detail").asText()).contains("it is no authority's");
    var closed = server.post("/labels/device/anchors", anchor(MAKER.certificate(), "*"));
    assertThat(closed.status()).isEqualTo(400);
    assertThat(closed.body().get("detail").asText()).contains("add manufacturer to");
    assertThat(server.post("/labels/none/anchors", anchor(MAKER.certificate(), "*")).status())
        .isEqualTo(404);
    assertThat(server.post("/labels/made/anchors", "{\"pem\":\"\"}").status()).isEqualTo(400);
    assertThat(server.post("/labels/made/anchors", anchor(MAKER.certificate(), "a b")).status())
        .isEqualTo(400);
  }

  @Test
  @Tag("S11")
  void aStationIsRegisteredEnrollsDevicesAndIsRetired() throws Exception {
    assertThat(server.post("/stations", "{\"id\":\"line-9\",\"labels\":[\"device\"]}").status())
        .isEqualTo(400);
    var added = server.post("/stations", "{\"id\":\"line-1\"}");
    assertThat(added.status()).as(added.body().toString()).isEqualTo(201);
    assertThat(added.body().at("/station/labels/0").asText()).isEqualTo("made");
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var own =
        server.enroll(
            "station/simpleenroll",
            Optional.empty(),
            "line-1",
            Optional.of(added.body().at("/secret/text").asText()),
            key);
    assertThat(own.statusCode()).as(own.body()).isEqualTo(200);
    var line = server.identity(key, own);

    assertThat(enroll(line, "pump-s1")).isEqualTo(200);
    assertThat(server.get("/devices/pump-s1").body().at("/device/profile").asText())
        .isEqualTo("made");
    assertThat(server.get("/stations/line-1").body().at("/station/state").asText())
        .isEqualTo("active");
    assertThat(server.get("/stations").body().at("/items/0/id").asText()).isEqualTo("line-1");
    // a station is no administrator
    assertThat(server.ask(line, "GET", "/stations", "").status()).isEqualTo(403);

    assertThat(server.post("/stations/line-1/retire", "{\"reason\":\"keyCompromise\"}").status())
        .isEqualTo(200);
    assertThat(enroll(line, "pump-s2")).isEqualTo(403);
  }

  private static int enroll(Identity as, String device) throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    return server
        .enroll("made/simpleenroll", Optional.of(as), device, Optional.empty(), key)
        .statusCode();
  }

  private static Identity idevid(String name) {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    return new Identity(
        key,
        List.of(
            MAKER.issue(
                TestAuthority.Use.DEVICE,
                name,
                key.publicKey(),
                new SerialNumber(BigInteger.valueOf(name.hashCode() & 0xffff)),
                MADE.minusSeconds(60),
                MADE.plus(Duration.ofDays(36500)))));
  }

  private static String anchor(Certificate certificate, String serials) {
    return "{\"pem\":\""
        + Pem.encode(certificate).replace("\n", "\\n")
        + "\",\"serials\":\""
        + serials
        + "\"}";
  }
}
