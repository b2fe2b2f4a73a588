package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.RunningServer.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What operators do with a device over the admin API besides retiring it.
@Tag("LIFE")
class DeviceLifeApiTest {

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
  void aDeviceIsSuspendedAndResumed() throws Exception {
    enrolledAndSeen("pump-1");

    var suspended = server.post("/devices/pump-1/suspend", "{\"reason\":\"seen twice\"}");
    assertThat(suspended.status()).isEqualTo(200);
    assertThat(suspended.body().at("/device/state").asText()).isEqualTo("suspended");
    assertThat(suspended.body().at("/certificates/0/revocation/reason").asText())
        .isEqualTo("certificateHold");
    var shown = server.get("/devices/pump-1").body();
    assertThat(shown.at("/suspension/reason").asText()).isEqualTo("seen twice");
    problem(server.post("/devices/pump-1/secrets", "{}"), 409, "suspended");
    problem(
        server.post("/devices/pump-1/suspend", "{\"reason\":\"again\"}"),
        409,
        "illegal_transition");
    assertThat(server.get("/devices/pump-1/explain").body().get("answer").asText())
        .startsWith("403: the device is suspended");

    var resumed = server.post("/devices/pump-1/resume", "{\"why\":\"all is well\"}");
    assertThat(resumed.body().at("/device/state").asText()).isEqualTo("active");
    assertThat(resumed.body().at("/certificates/0").has("revocation")).isFalse();
  }

  @Test
  void whatIsRefusedIsWrittenDown() throws Exception {
    server.register("pump-2");

    problem(
        server.post("/devices/pump-2/resume", "{\"why\":\"a try\"}"), 409, "illegal_transition");

    var newest = server.get("/audit?limit=1").body().at("/items/0");
    assertThat(newest.get("kind").asText()).isEqualTo("MoveRefused");
    assertThat(newest.get("payload").asText())
        .contains("device:pump-2 is registered; to resume it, it must be suspended");
  }

  @Test
  void aSuspensionDoesNotEndInThePast() throws Exception {
    enrolledAndSeen("pump-3");

    problem(
        server.post(
            "/devices/pump-3/suspend",
            "{\"reason\":\"seen twice\",\"until\":\"2020-01-01T00:00:00Z\"}"),
        400,
        "invalid_request");
    problem(server.post("/devices/pump-3/suspend", "{}"), 400, "invalid_request");
  }

  @Test
  void aRetiredDeviceIsNeitherRepurposedNorPurgedBeforeItsRetirementIsFinished() throws Exception {
    server.enrolled("pump-4");
    server.post("/devices/pump-4/retire", "{\"reason\":\"cessationOfOperation\"}");

    problem(
        server.post("/devices/pump-4/repurpose", "{\"why\":\"sold\"}"), 409, "illegal_transition");
    problem(server.post("/devices/pump-4/purge", "{}"), 409, "illegal_transition");
    problem(
        server.ask(server.admin(), "PATCH", "/devices/pump-4", "{\"model\":\"GW2\"}"),
        409,
        "attributes_fixed");
  }

  @Test
  void aRegistrationIsCancelled() throws Exception {
    server.register("pmup-5");

    var cancelled = server.post("/devices/pmup-5/cancel", "{\"why\":\"a typo\"}");

    assertThat(cancelled.body().at("/device/state").asText()).isEqualTo("cancelled");
    problem(
        server.post("/devices/pmup-5/retire", "{\"reason\":\"cessationOfOperation\"}"),
        409,
        "illegal_transition");
    problem(
        server.post("/devices", "{\"id\":\"pmup-5\",\"profile\":\"device\"}"), 409, "name_retired");
  }

  @Test
  @Tag("INV")
  void devicesAreFoundByWhatIsKnownOfThem() throws Exception {
    for (int i = 0; i < 3; i++) {
      var answer =
          server.post(
              "/devices",
              """
              {"id":"find-%d","profile":"device","model":"GW2","site":"Graz West","group":"g1",
               "hardware_serial":"HW-%d"}
              """
                  .formatted(i, i));
      assertThat(answer.status()).isEqualTo(201);
    }
    var edited =
        server.ask(
            server.admin(), "PATCH", "/devices/find-2", "{\"model\":\"GW3\",\"group\":\"\"}");

    assertThat(edited.body().get("model").asText()).isEqualTo("GW3");
    assertThat(edited.body().has("group")).isFalse();
    assertThat(found("model=GW2 and site='Graz West'")).containsExactly("find-0", "find-1");
    assertThat(found("hardware_serial=HW-2")).containsExactly("find-2");
    assertThat(found("model=GW2 and last_renewed<2026-01-01")).isEmpty();
    problem(
        server.post(
            "/devices", "{\"id\":\"x\",\"profile\":\"device\",\"hardware_serial\":\"hw-1\"}"),
        409,
        "hardware_serial_taken");
    var wrong = server.get("/devices?where=" + encoded("model=GW2 or 1=1"));
    problem(wrong, 400, "invalid_request");
    assertThat(wrong.body().get("detail").asText())
        .isEqualTo("where: character 11: 'and' is wanted here");
    problem(
        server.get("/devices?after=find-0&where=" + encoded("registered>=2026-01-01")),
        400,
        "invalid_request");
  }

  private static List<String> found(String where) throws Exception {
    var found = new ArrayList<String>();
    server
        .get("/devices?where=" + encoded(where))
        .body()
        .get("items")
        .forEach(item -> found.add(item.get("id").asText()));
    return found;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /// A device that has shown its certificate once.
  private static void enrolledAndSeen(String name) throws Exception {
    var device = server.enrolled(name);
    var renewed =
        server.enroll(
            Optional.of(device), name, Optional.empty(), SoftwareKey.generate(KeyType.EC_P256));
    assertThat(renewed.statusCode()).isEqualTo(200);
  }

  private static void problem(Answer answer, int status, String code) {
    assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
    assertThat(answer.body().get("code").asText()).isEqualTo(code);
  }
}
