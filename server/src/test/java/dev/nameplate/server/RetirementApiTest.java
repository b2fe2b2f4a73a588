package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.retirement.Receipts;
import dev.nameplate.ca.signing.Jws;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.CertificatePath;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.OcspAnswer;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Devices are taken out of service over the admin API of a whole server, until there is a receipt.
@Tag("threat-R15")
class RetirementApiTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server =
        RunningServer.start(settings ->
            settings.replace("debounce: 15s", "debounce: 1s")
                + "\nretirement:\n  four_eyes_above: 4\n");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void oneDeviceIsRetiredAndItsReceiptProvesIt() throws Exception {
    var pump = server.enrolled("pump-1");
    var serial = pump.certificate().serial().hex();

    var retired = server.post("/devices/pump-1/retire", "{\"reason\":\"keyCompromise\"}");
    assertThat(retired.status()).as(retired.body().toString()).isEqualTo(200);
    assertThat(retired.body().at("/revoked/0/serial").asText()).isEqualTo(serial);
    assertThat(retired.body().get("already").asBoolean()).isFalse();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> server.get("/devices/pump-1/retirement").body().has("seen_at"));
    assertThat(server.get("/devices/pump-1/retirement").body().get("missing").asText())
        .contains("wipe evidence");
    assertThat(server.get("/receipts?device=pump-1").body().get("items")).isEmpty();
    var early =
        server.post(
            "/devices/pump-1/retirement/wipe",
            "{\"method\":\"purge\",\"tool\":\"nvme format\",\"verified_by\":\"J. Doe\",\"at\":\"2999-01-01T00:00:00Z\"}");
    assertThat(early.status()).as(early.body().toString()).isEqualTo(400);

    var wiped =
        server.post(
            "/devices/pump-1/retirement/wipe",
            "{\"method\":\"purge\",\"tool\":\"nvme format\",\"verified_by\":\"J. Doe\"}");
    assertThat(wiped.status()).as(wiped.body().toString()).isEqualTo(200);
    assertThat(wiped.body().get("receipt").asText()).isEqualTo("pump-1.1");

    var receipt = server.get("/receipts/pump-1.1").body();
    var jws = Jws.parse(receipt.get("jws").asText());
    assertThat(jws.type()).isEqualTo(Receipts.TYPE);
    var trust = Pem.decodeCertificates(Files.readString(server.made.trust()));
    assertThat(
            CertificatePath.validateSigner(
                jws.chain(), trust, Instant.now(), SignerPurpose.RECEIPT.title()))
        .isInstanceOf(CertificatePath.Result.Trusted.class);
    var payload = JSON.readTree(jws.payload());
    assertThat(payload.at("/device/id").asText()).isEqualTo("pump-1");
    assertThat(payload.at("/decided/reason").asText()).isEqualTo("keyCompromise");
    assertThat(payload.at("/certificates/0/serial").asText()).isEqualTo(serial);
    assertThat(payload.at("/wipe/method").asText()).isEqualTo("purge");
    var cited = SignedCheckpoint.parse(payload.get("audit_checkpoint").asText());
    assertThat(cited.checkpoint().rows()).isPositive();
    await()
        .until(() ->
            Files.readString(server.dir.resolve("audit/checkpoints.jsonl")).contains(cited.jws()));
    assertThat(payload.get("tombstones").findValuesAsText("kind")).contains("KEY", "NAME");
    assertOpensslAgrees(payload, serial);
    var again = server.post("/devices/pump-1/retire", "{\"reason\":\"keyCompromise\"}").body();
    assertThat(again.get("already").asBoolean()).isTrue();
    assertThat(
            server
                .post("/devices/pump-1/retirement/wipe", "{\"waiver\":\"never mind\"}")
                .body()
                .get("code")
                .asText())
        .isEqualTo("not_retiring");
  }

  @Test
  void aHoldThatIsStillPublishedIsNoProofOfTheRetirement() throws Exception {
    var device = server.enrolled("pump-2");
    var serial = device.certificate().serial();
    // who was never seen in use cannot be suspended
    var renewal =
        server.enroll(
            Optional.of(device), "pump-2", Optional.empty(), SoftwareKey.generate(KeyType.EC_P256));
    assertThat(renewal.statusCode()).isEqualTo(200);
    assertThat(server.post("/devices/pump-2/suspend", "{\"reason\":\"missing\"}").status())
        .isEqualTo(200);
    await().atMost(Duration.ofSeconds(60)).until(() -> listed(serial) == 6);

    var retired =
        server.post(
            "/devices/pump-2/retire",
            "{\"reason\":\"cessationOfOperation\",\"wipe\":{\"waiver\":\"lost\"}}");
    assertThat(retired.status()).as(retired.body().toString()).isEqualTo(200);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> server.get("/receipts/pump-2.1").status() == 200);

    assertThat(listed(serial)).as("the reason on the CRL").isEqualTo(5);
    var jws = Jws.parse(server.get("/receipts/pump-2.1").body().get("jws").asText());
    var certificate = JSON.readTree(jws.payload()).at("/certificates/0");
    var answer =
        OcspAnswer.parse(Base64.getDecoder().decode(certificate.at("/ocsp/response").asText()));
    var issuer =
        Certificate.parse(
            Base64.getDecoder().decode(JSON.readTree(jws.payload()).at("/authorities/0").asText()));
    var about = SerialNumber.ofHex(certificate.get("serial").asText());
    assertThat(answer.about(issuer, about).orElseThrow().reason())
        .contains(RevocationReason.CESSATION_OF_OPERATION);
  }

  /// Its reason on the CRL; -1 if it is not on it.
  private static int listed(SerialNumber serial) throws Exception {
    for (var list : server.get("/crls").body().get("items")) {
      var url = URI.create(list.get("url").asText());
      var crl = Crl.parse(server.status(url.getPath()));
      for (var entries = crl.entries(); entries.hasNext(); ) {
        var entry = entries.next();
        if (entry.serial().equals(serial)) {
          return entry.reason();
        }
      }
    }
    return -1;
  }

  /// The answer in the receipt, checked by a tool that we did not write.
  private static void assertOpensslAgrees(JsonNode payload, String serial) throws Exception {
    var folder = Files.createTempDirectory(server.dir, "receipt");
    var response = folder.resolve("response.der");
    Files.write(
        response, Base64.getDecoder().decode(payload.at("/certificates/0/ocsp/response").asText()));
    var issuer = folder.resolve("issuer.pem");
    Files.writeString(
        issuer,
        Pem.encode(
            "CERTIFICATE", Base64.getDecoder().decode(payload.at("/authorities/0").asText())));
    var said =
        Tool.OPENSSL.run(
            folder,
            "ocsp",
            "-respin",
            response.toString(),
            "-issuer",
            issuer.toString(),
            "-serial",
            "0x" + serial,
            "-CAfile",
            server.made.trust().toString(),
            "-verify_other",
            issuer.toString());
    assertThat(said.toString()).contains("Response verify OK", "revoked");
  }

  @Test
  void manyDevicesNeedASecondPersonAndAreDryRunFirst() throws Exception {
    for (int i = 0; i < 5; i++) {
      server.register("valve-" + i);
    }
    var devices =
        IntStream.range(0, 5).mapToObj(i -> "\"valve-" + i + "\"").collect(Collectors.joining(","));
    var selection =
        "\"devices\":["
            + devices
            + "],\"reason\":\"cessationOfOperation\",\"wipe\":{\"waiver\":\"x\"}";
    var draft = server.post("/plans", "{" + selection + ",\"dry_run\":true}");
    assertThat(draft.status()).as(draft.body().toString()).isEqualTo(200);
    assertThat(draft.body().get("devices").asInt()).isEqualTo(5);
    assertThat(draft.body().has("id")).isFalse();
    var sha256 = draft.body().get("sha256").asText();
    assertThat(server.get("/plans/" + sha256).status()).isEqualTo(404);
    assertThat(
            server
                .post("/plans", "{" + selection + ",\"plan_sha256\":\"" + "0".repeat(64) + "\"}")
                .body()
                .get("code")
                .asText())
        .isEqualTo("plan_changed");

    var plan = server.post("/plans", "{" + selection + ",\"plan_sha256\":\"" + sha256 + "\"}");
    assertThat(plan.status()).isEqualTo(201);
    assertThat(plan.body().get("state").asText()).isEqualTo("waiting");
    assertThat(plan.body().get("sha256").asText()).isEqualTo(sha256);
    var id = plan.body().get("id").asText();
    assertThat(server.post("/plans", "{" + selection + "}").body().get("id").asText())
        .as("asked for again")
        .isEqualTo(id);
    var start = "{\"sha256\":\"" + sha256 + "\",\"confirm\":5}";
    assertThat(server.post("/plans/" + id + "/start", start).body().get("code").asText())
        .isEqualTo("approval_pending");
    assertThat(
            server
                .post("/plans/" + id + "/start", "{\"sha256\":\"" + sha256 + "\",\"confirm\":2}")
                .body()
                .get("code")
                .asText())
        .isEqualTo("not_confirmed");
    assertThat(server.get("/approvals").body().at("/items/0/id").asText()).isEqualTo(id);
    var grant = "{\"sha256\":\"" + sha256 + "\"}";
    assertThat(server.post("/approvals/" + id + "/grant", grant).status()).isEqualTo(403);
    assertThat(server.get("/plans/" + sha256.substring(0, 12)).body().get("state").asText())
        .isEqualTo("waiting");
    assertThat(server.get("/devices/valve-0").body().at("/device/state").asText())
        .isEqualTo("registered");
    var refusals = server.get("/audit?limit=20").body().toString();
    assertThat(refusals).contains("PlanRefused", "own_plan");
    assertThat(
            server
                .ask(server.admin(), "POST", "/plans/" + id + "/cancel", "")
                .body()
                .at("/plan/state")
                .asText())
        .isEqualTo("cancelled");
  }

  @Test
  void aPlanWhoseWipeHasNoTimeIsTheSameWhenItIsAskedForAgain() throws Exception {
    for (int i = 0; i < 5; i++) {
      server.register("fan-" + i);
    }
    var wanted =
        "{\"devices\":[\"fan-0\",\"fan-1\",\"fan-2\",\"fan-3\",\"fan-4\"],\"reason\":\"cessationOfOperation\","
            + "\"wipe\":{\"method\":\"clear\",\"tool\":\"dd\",\"verified_by\":\"J. Doe\"}}";
    var plan = server.post("/plans", wanted).body();

    assertThat(server.post("/plans", wanted).body().get("id")).isEqualTo(plan.get("id"));
    assertThat(server.post("/plans", wanted.replace("dd", "shred")).body().get("id"))
        .isNotEqualTo(plan.get("id"));
  }

  @Test
  void aPlanIsCarriedOutByTheServerAndItsDevicesGetTheirReceipts() throws Exception {
    server.enrolled("lamp-0");
    server.register("lamp-1");
    var plan =
        server
            .post(
                "/plans",
                "{\"devices\":[\"lamp-0\",\"lamp-1\"],\"reason\":\"cessationOfOperation\","
                    + "\"wipe\":{\"waiver\":\"shredded\"}}")
            .body();
    var path = "/plans/" + plan.get("id").asText();
    var start = "{\"sha256\":\"" + plan.get("sha256").asText() + "\",\"confirm\":2,\"rate\":50}";
    assertThat(server.post(path + "/start", start).status()).isEqualTo(200);

    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> server.get("/receipts/lamp-0.1").status() == 200);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> server.get(path).body().get("state").asText().equals("done"));
    var devices = server.get(path + "/devices").body().get("items");
    assertThat(devices.findValuesAsText("result")).containsExactly("retired", "retired");
    assertThat(server.get("/receipts/lamp-1.1").status()).isEqualTo(200);
    assertThat(server.get("/receipts/nobody.1").status()).isEqualTo(404);
    assertThat(server.post(path + "/resume", "").status()).isEqualTo(200);
    assertThat(server.monitoring("/metrics"))
        .contains("nameplate_retirement_plans{state=\"done\"}");
  }
}
