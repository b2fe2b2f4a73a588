package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.server.RunningServer.Answer;
import dev.nameplate.server.RunningServer.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What administrators may do who are limited, and how soon they may not any more.
class AdministratorsTest {

  private static RunningServer server;
  private static Identity lineOfA;
  private static Identity adminOfA;
  private static Identity revokerOfIssuing;
  private static Identity hasty;
  private static Identity revokerOfNothing;
  private static Identity officer;
  private static Identity officerOfIssuing;
  private static Identity former;
  private static final List<Identity> EXPENDABLE = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    try (var folder = AdministratorFolder.make()) {
      officer = folder.administrator("officer", "security-officer");
      officerOfIssuing =
          folder.administrator("officer-of-issuing", "security-officer of ca=issuing");
      lineOfA = folder.administrator("line", "line-operator of lot=A");
      adminOfA =
          folder.administrator(
              "alice", "device-admin of lot=A", "revoker of lot=A", "viewer of lot=A");
      revokerOfIssuing =
          folder.administrator("bob", "revoker of ca=issuing", "viewer of ca=issuing");
      hasty = folder.administrator("hasty", "device-admin");
      revokerOfNothing = folder.administrator("carol", "revoker of ca=none", "viewer of ca=none");
      former = folder.formerAdministrator("former");
      for (int i = 0; i < 8; i++) {
        EXPENDABLE.add(folder.administrator("spare-" + i, "device-admin"));
      }
      server = folder.start();
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  // Scopes

  @Test
  @Tag("A7")
  void whoeverIsLimitedToALotRegistersForItAndSeesNothingElse() throws Exception {
    register(lineOfA, "of-a-1");
    server.register("of-none-1");

    assertThat(server.get("/devices/of-a-1").status()).isEqualTo(200);
    assertThat(ask(lineOfA, "POST", "/devices/of-a-1/secrets", "{}").status()).isEqualTo(201);
    sameAsAbsent(lineOfA, "POST", "/devices/of-none-1/secrets", "{}");
    assertThat(ask(adminOfA, "GET", "/devices/of-a-1", "").status()).isEqualTo(200);
    for (var act : List.of("GET /devices/of-none-1", "GET /devices/of-none-1/explain")) {
      var parts = act.split(" ", 2);
      sameAsAbsent(adminOfA, parts[0], parts[1], "");
    }
    for (var act : List.of("/devices/of-none-1/retire", "/devices/of-none-1/secrets")) {
      sameAsAbsent(adminOfA, "POST", act, "{\"reason\":\"unspecified\"}");
    }
    assertThat(server.get("/devices/of-none-1").body().at("/device/state").asText())
        .isEqualTo("registered");
    assertThat(kinds("admin:alice")).contains("AccessDenied");
  }

  @Test
  @Tag("A7")
  void whatIsOutOfReachIsNotInAListAndDoesNotTakeItsPlaces() throws Exception {
    var mine = new ArrayList<String>();
    for (int i = 0; i < 3; i++) {
      server.enrolled("list-other-" + i);
      mine.add(enrolled(lineOfA, "list-a-" + i).certificate().serial().hex());
    }

    var seen = new ArrayList<String>();
    var path = "/certificates?limit=2";
    for (var next = path; !next.isEmpty(); ) {
      var page = ask(adminOfA, "GET", next, "").body();
      page.get("items")
          .forEach(item -> {
            seen.add(item.get("serial").asText());
            assertThat(item.get("owner").asText()).startsWith("device:");
          });
      next = page.path("next").isTextual() ? path + "&after=" + page.get("next").asText() : "";
    }

    assertThat(seen).containsAll(mine);
    assertThat(ask(adminOfA, "GET", "/certificates?device=list-other-0", "").body().get("items"))
        .isEmpty();
    assertThat(ask(revokerOfNothing, "GET", "/certificates", "").body().get("items")).isEmpty();
    assertThat(
            ask(revokerOfIssuing, "GET", "/certificates?device=list-other-0", "")
                .body()
                .get("items"))
        .hasSize(1);
    assertThat(ask(adminOfA, "GET", "/requests", "").body().get("items")).isEmpty();
    assertThat(ask(revokerOfNothing, "GET", "/issuers", "").body().get("items")).isEmpty();
    assertThat(ask(revokerOfIssuing, "GET", "/issuers", "").body().at("/items/0/role").asText())
        .isEqualTo("issuing");
  }

  @Test
  @Tag("A7")
  void aCertificateIsRevokedByThoseWhoseScopeItIsIn() throws Exception {
    var other = "/certificates/" + server.enrolled("rev-other").certificate().serial().hex();
    var mine = "/certificates/" + enrolled(lineOfA, "rev-a").certificate().serial().hex();
    var body = "{\"reason\":\"superseded\"}";

    assertThat(ask(adminOfA, "GET", other, "").status()).isEqualTo(404);
    assertThat(ask(adminOfA, "POST", other + "/revoke", body).status()).isEqualTo(404);
    assertThat(ask(revokerOfNothing, "POST", other + "/revoke", body).status()).isEqualTo(404);
    assertThat(ask(adminOfA, "POST", mine + "/revoke", body).status()).isEqualTo(200);
    assertThat(ask(revokerOfIssuing, "POST", other + "/revoke", body).status()).isEqualTo(200);
  }

  @Test
  void theCertificatesOfAdministratorsAreTheSecurityOfficersAlone() throws Exception {
    var spare = EXPENDABLE.get(6);
    var path = "/certificates/" + spare.certificate().serial().hex() + "/revoke";
    var body = "{\"reason\":\"keyCompromise\"}";

    assertThat(ask(EXPENDABLE.get(7), "POST", path, body).status()).isEqualTo(404);
    assertThat(ask(revokerOfIssuing, "POST", path, body).status()).isEqualTo(404);
    assertThat(ask(officerOfIssuing, "POST", path, body).status()).isEqualTo(404);
    assertThat(ask(officer, "POST", path, body).status()).isEqualTo(200);
    assertThat(ask(spare, "GET", "/server", "").body().get("detail").asText())
        .contains("was revoked");
  }

  // How soon

  @ParameterizedTest
  @CsvSource({"kept, 0", "-tls1_2, 1", "-tls1_3, 2"})
  @Tag("A3")
  void aRetiredAdministratorIsRefusedOverTheConnectionAndTheSessionThatTheyHave(
      String how, int index) throws Exception {
    var admin = EXPENDABLE.get(index);
    try (var talk = talk(how, admin)) {
      assertThat(talk.ask(get("/devices")).status()).isEqualTo(200);

      var retired =
          ask(
              officer,
              "POST",
              "/administrators/spare-" + index + "/retire",
              "{\"reason\":\"keyCompromise\"}");
      assertThat(retired.status()).as(retired.body().toString()).isEqualTo(200);

      var after = talk.ask(get("/devices"));
      assertThat(after.status()).isEqualTo(403);
      assertThat(after.body()).contains("admin:spare-" + index + " is retired");
    }
  }

  @ParameterizedTest
  @CsvSource({"kept, 3", "-tls1_2, 4", "-tls1_3, 5"})
  @Tag("A3")
  void aRoleThatWasTakenIsGoneOverTheConnectionAndTheSessionThatTheyHave(String how, int index)
      throws Exception {
    var admin = EXPENDABLE.get(index);
    try (var talk = talk(how, admin)) {
      assertThat(talk.ask(get("/devices")).status()).isEqualTo(200);

      var taken =
          ask(
              officer,
              "POST",
              "/administrators/spare-" + index + "/grants/revoke",
              "{\"role\":\"device-admin\"}");
      assertThat(taken.status()).as(taken.body().toString()).isEqualTo(200);

      assertThat(talk.ask(get("/devices")).status()).isEqualTo(403);
    }
  }

  @Test
  @Tag("A12")
  void anAdministratorWhoseCertificateEndedIsToldSo() throws Exception {
    var refused = ask(former, "GET", "/server", "");

    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.body().get("detail").asText())
        .contains("the client certificate expired at", "enroll again with a new enrollment secret");
  }

  // Enrollment

  @Test
  @Tag("A7")
  void nobodyButAdministratorsEnrollsUnderTheirLabel() throws Exception {
    var device = server.register("not-an-admin");
    var key = dev.nameplate.ca.signing.SoftwareKey.generate(dev.nameplate.ca.x509.KeyType.EC_P256);

    for (var label : List.of("admin/simpleenroll", "admin/simplereenroll")) {
      assertThat(
              server
                  .enroll(label, Optional.empty(), "not-an-admin", Optional.of(device), key)
                  .statusCode())
          .isIn(401, 403);
    }
    var pump = server.enrolled("also-not-an-admin");
    for (var label : List.of("admin/simpleenroll", "admin/simplereenroll")) {
      assertThat(
              server
                  .enroll(label, Optional.of(pump), "also-not-an-admin", Optional.empty(), key)
                  .statusCode())
          .isEqualTo(403);
    }
    var station =
        ask(
            server.admin(),
            "POST",
            "/administrators",
            "{\"id\":\"dora\",\"grants\":[{\"role\":\"viewer\"}]}");
    var secret = station.body().at("/secret/text").asText();
    assertThat(
            server
                .enroll("device/simpleenroll", Optional.empty(), "dora", Optional.of(secret), key)
                .statusCode())
        .isIn(401, 403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":\"x\",\"grants\":[{\"role\":\"admin\"}]}",
        "{\"id\":\"x\",\"grants\":[{\"role\":\"viewer\",\"scope\":\"group\"}]}",
        "{\"id\":\"x\",\"grants\":[{}]}",
        "{\"id\":\"x\",\"secret_ttl\":\"P8D\"}",
        "{\"id\":\"x y\"}",
        "{}"
      })
  void whatIsNoAdministratorIsNotMade(String body) throws Exception {
    assertThat(server.post("/administrators", body).status()).isEqualTo(400);
  }

  // Four eyes

  @Test
  void retiringOneDeviceAfterAnotherIsRetiringMany() throws Exception {
    for (int i = 0; i < 11; i++) {
      server.register("single-" + i);
    }
    var retire = "{\"reason\":\"cessationOfOperation\"}";
    for (int i = 0; i < 10; i++) {
      var one = ask(hasty, "POST", "/devices/single-" + i + "/retire", retire);
      assertThat(one.status()).as(one.body().toString()).isEqualTo(200);
    }

    var oneMore = ask(hasty, "POST", "/devices/single-10/retire", retire);

    assertThat(oneMore.status()).isEqualTo(409);
    assertThat(oneMore.body().get("code").asText()).isEqualTo("approval_pending");
    assertThat(server.get("/devices/single-10").body().at("/device/state").asText())
        .isEqualTo("registered");
    var waiting = server.get("/approvals").body().at("/items/0");
    assertThat(waiting.get("requester").asText()).isEqualTo("admin:hasty");
    assertThat(
            server
                .post(
                    "/approvals/" + waiting.get("id").asText() + "/grant",
                    "{\"sha256\":\"" + waiting.get("sha256").asText() + "\"}")
                .status())
        .isEqualTo(200);
    assertThat(ask(hasty, "POST", "/devices/single-10/retire", retire).status()).isEqualTo(200);
  }

  // Steps

  private static Answer ask(Identity as, String method, String path, String body) throws Exception {
    return server.ask(as, method, path, body);
  }

  private static String register(Identity as, String device) throws Exception {
    var answer = ask(as, "POST", "/devices", "{\"id\":\"" + device + "\",\"profile\":\"device\"}");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
    return answer.body().at("/secret/text").asText();
  }

  private static Identity enrolled(Identity by, String device) throws Exception {
    var secret = register(by, device);
    var key = dev.nameplate.ca.signing.SoftwareKey.generate(dev.nameplate.ca.x509.KeyType.EC_P256);
    var response = server.enroll(Optional.empty(), device, Optional.of(secret), key);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return server.identity(key, response);
  }

  /// Byte for byte what is said of a device that is not there, but for its name and the request's.
  private static void sameAsAbsent(Identity as, String method, String path, String body)
      throws Exception {
    var hidden = ask(as, method, path, body);
    var absent = ask(as, method, path.replace("of-none-1", "of-none-2"), body);
    assertThat(hidden.status()).isEqualTo(404);
    assertThat(absent.status()).isEqualTo(404);
    assertThat(
            hidden
                .body()
                .toString()
                .replace("of-none-1", "of-none-2")
                .replace(hidden.requestId().orElseThrow(), ""))
        .isEqualTo(absent.body().toString().replace(absent.requestId().orElseThrow(), ""));
  }

  private static List<String> kinds(String subject) throws Exception {
    var kinds = new ArrayList<String>();
    server
        .get("/audit?subject=" + subject)
        .body()
        .get("items")
        .forEach(row -> kinds.add(row.get("kind").asText()));
    return kinds;
  }

  private static TlsTalk talk(String how, Identity as) throws Exception {
    var url = server.nameplate.adminUrl();
    return how.equals("kept")
        ? TlsTalk.kept(server, url, Optional.of(as))
        : TlsTalk.resumed(server, url, as, how, folder());
  }

  private static Path folder() throws IOException {
    return Files.createTempDirectory(
        Files.createDirectories(Path.of("target").toAbsolutePath()), "session");
  }

  private static TlsTalk.Question get(String path) {
    return new TlsTalk.Question("GET /api/v1" + path + " HTTP/1.1\r\n", "");
  }
}
