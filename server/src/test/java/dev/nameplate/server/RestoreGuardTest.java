package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Somebody puts yesterday's database back.
@Tag("threat-R9")
class RestoreGuardTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  void whatWasRevokedStaysRevokedAndNothingIsIssuedUntilSomebodyAcceptsIt() throws Exception {
    var server =
        RunningServer.start(
            text -> text.replaceFirst("debounce: \\w+", "debounce: 1s") + "\naudit: {every: 1s}\n");
    var known = server.enrolled("known");
    server.close();
    var backup = server.dir.resolveSibling("backup");
    copy(server.dir.resolve("data"), backup);

    // the day after: what was known is revoked, and something new is made and revoked
    Certificate later;
    BigInteger published;
    String issuer;
    try (var day = server.restarted()) {
      later = day.enrolled("later").certificate();
      issuer = revoke(day, known.certificate());
      revoke(day, later);
      var copy = copyOfCrl(day);
      await().atMost(SOON).until(() -> lists(copy, known.certificate()) && lists(copy, later));
      published = Crl.parse(Files.readAllBytes(copy)).number();
    }
    delete(server.dir.resolve("data"));
    copy(backup, server.dir.resolve("data"));

    try (var restored = server.restarted()) {
      // health says it, and monitoring hears of it
      assertThat(restored.monitoring("/health/ready")).contains("quarantine");

      // OCSP, asked by openssl, and the CRL
      assertThat(ocsp(restored, known.certificate())).contains("revoked");
      assertThat(ocsp(restored, later)).contains("revoked");
      var crl = Crl.parse(restored.status(path(issuer)));
      assertThat(crl.number()).isGreaterThanOrEqualTo(published);
      assertThat(restored.post("/crls/" + issuer + "/publish", "{}").status()).isEqualTo(200);
      var next = copyOfCrl(restored);
      await()
          .atMost(SOON)
          .until(() -> Crl.parse(Files.readAllBytes(next)).number().compareTo(published) > 0);
      assertThat(lists(next, known.certificate())).isTrue();
      assertThat(lists(next, later)).isTrue();

      // nothing is issued
      var key = SoftwareKey.generate(KeyType.EC_P256);
      var refused = restored.enroll(Optional.of(known), "known", Optional.empty(), key);
      assertThat(refused.statusCode()).isIn(403, 503);
      var registered = restored.post("/devices", "{\"id\":\"new\",\"profile\":\"device\"}");
      assertThat(registered.status()).isEqualTo(503);
      assertThat(registered.body().get("code").asText()).isEqualTo("quarantine");
      assertThat(registered.body().get("detail").asText()).contains("older state");
      // nor with another path that ends like one that revokes
      var rows = "{\"rows\":[{\"line\":1,\"id\":\"new\"}]}";
      assertThat(restored.post("/inventory/import", rows).status()).isEqualTo(503);
      assertThat(restored.ask(restored.admin(), "PATCH", "/devices/retire", "{}").status())
          .isEqualTo(503);
    }

    // a start more changes nothing of that
    try (var restored = server.restarted()) {
      assertThat(restored.post("/devices", "{\"id\":\"new\",\"profile\":\"device\"}").status())
          .isEqualTo(503);

      assertThat(restored.post("/database/accept-restore", "{}").status()).isEqualTo(400);
      var accepted = restored.post("/database/accept-restore", "{\"reason\":\"the disk broke\"}");
      assertThat(accepted.status()).as(accepted.body().toString()).isEqualTo(200);
      assertThat(accepted.body().get("lost_from").asLong()).isPositive();
      assertThat(restored.post("/database/accept-restore", "{\"reason\":\"again\"}").status())
          .isEqualTo(409);

      var fresh = restored.enrolled("fresh").certificate();
      assertThat(ocsp(restored, fresh)).contains("good");
      assertThat(ocsp(restored, later)).contains("revoked");
      assertThat(restored.get("/audit?limit=500").body().toString())
          .contains("RestoreFound", "RevocationsRecovered", "RestoreAccepted", "the disk broke");
      var verdict = restored.post("/audit/verify", "{}").body();
      assertThat(verdict.get("intact").asBoolean()).as(verdict.toString()).isTrue();
    }

    // and the next start finds nothing, nor does it stumble over what somebody left there
    Files.writeString(copyOfCrl(server).resolveSibling("end-entities copy.crl"), "a copy");
    try (var usual = server.restarted()) {
      assertThat(usual.monitoring("/health/ready")).doesNotContain("quarantine");
      usual.enrolled("another");
      var verdict = usual.post("/audit/verify", "{}").body();
      assertThat(verdict.get("intact").asBoolean()).as(verdict.toString()).isTrue();
    }
  }

  @Test
  void aDeviceThatWasRetiredSinceIsSuspendedUntilSomebodyHasLooked() throws Exception {
    var server =
        RunningServer.start(
            text -> text.replaceFirst("debounce: \\w+", "debounce: 1s") + "\naudit: {every: 1s}\n");
    var gone = used(server, "gone");
    var held = used(server, "held");
    var unused = server.enrolled("unused").certificate();
    var until = Instant.now().plus(Duration.ofHours(1));
    assertThat(
            server
                .post("/devices/held/suspend", "{\"reason\":\"seen\",\"until\":\"" + until + "\"}")
                .status())
        .isEqualTo(200);
    server.close();
    var backup = server.dir.resolveSibling("backup");
    copy(server.dir.resolve("data"), backup);
    try (var day = server.restarted()) {
      retire(day, "gone", "cessationOfOperation");
      retire(day, "held", "keyCompromise");
      retire(day, "unused", "cessationOfOperation");
      var copy = copyOfCrl(day);
      await()
          .atMost(SOON)
          .until(() -> lists(copy, gone) && lists(copy, unused) && says(copy, held, 1));
    }
    delete(server.dir.resolve("data"));
    copy(backup, server.dir.resolve("data"));

    try (var restored = server.restarted()) {
      for (var device : List.of("gone", "held")) {
        var now = restored.get("/devices/" + device).body();
        assertThat(now.findValue("state").asText()).as(now.toString()).isEqualTo("suspended");
        assertThat(now.findValue("suspension").toString())
            .as(now.toString())
            .doesNotContain(until.toString().substring(0, 16));
        assertThat(restored.get("/audit?subject=device:" + device).body().toString())
            .contains("the database was put back, and CRL ");
      }
      assertThat(ocsp(restored, held)).contains("keyCompromise");
      assertThat(ocsp(restored, gone)).contains("cessationOfOperation");
      assertThat(ocsp(restored, unused)).contains("cessationOfOperation");
      // nobody had used its certificate: it cannot be suspended, and is named
      assertThat(restored.get("/audit?subject=device:unused").body().toString())
          .contains("RestoredInDoubt");
      var accepted = restored.post("/database/accept-restore", "{\"reason\":\"a test\"}").body();
      assertThat(accepted.get("in_doubt").toString()).isEqualTo("[\"device:unused\"]");
    }
  }

  /// @return the certificate of a device that was seen with it
  private static Certificate used(RunningServer server, String device) throws Exception {
    var first = server.enrolled(device);
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var again = server.enroll(Optional.of(first), device, Optional.empty(), key);
    assertThat(again.statusCode()).as(again.body()).isEqualTo(200);
    return server.identity(key, again).certificate();
  }

  private static void retire(RunningServer server, String device, String reason) throws Exception {
    var answer = server.post("/devices/" + device + "/retire", "{\"reason\":\"" + reason + "\"}");
    assertThat(answer.status()).as(answer.body().toString()).isIn(200, 202);
  }

  @Test
  void anEnrollmentIsToldWhyNothingIsIssued() throws Exception {
    var server = RunningServer.start(text -> text + "\naudit: {every: 1s}\n");
    var secret = server.register("waiting");
    server.close();
    var backup = server.dir.resolveSibling("backup");
    copy(server.dir.resolve("data"), backup);
    server.restarted().close();
    delete(server.dir.resolve("data"));
    copy(backup, server.dir.resolve("data"));

    var file = server.dir.resolve("audit/checkpoints.jsonl");
    var ofAnotherNode = Files.readString(file);
    try (var restored = server.restarted()) {
      var key = SoftwareKey.generate(KeyType.EC_P256);
      var answer = restored.enroll(Optional.empty(), "waiting", Optional.of(secret), key);
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Retry-After")).isPresent();
      assertThat(answer.body()).contains("put back to an older state");

      restored.post("/database/accept-restore", "{\"reason\":\"a test\"}");
      assertThat(Files.readString(file)).startsWith(ofAnotherNode).isNotEqualTo(ofAnotherNode);
      assertThat(
              restored.enroll(Optional.empty(), "waiting", Optional.of(secret), key).statusCode())
          .isEqualTo(200);
    }

    // another node was away meanwhile: its file ends with what was lost, and that was accepted
    Files.writeString(file, ofAnotherNode);
    try (var later = server.restarted()) {
      assertThat(later.monitoring("/health/ready")).doesNotContain("quarantine");
    }
  }

  /// @return the issuer
  private static String revoke(RunningServer server, Certificate certificate) throws Exception {
    var answer =
        server.post(
            "/certificates/" + certificate.serial().hex() + "/revoke",
            "{\"reason\":\"keyCompromise\"}");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
    return answer.body().findValue("issuer").asText();
  }

  private static String ocsp(RunningServer server, Certificate certificate) throws Exception {
    Files.writeString(server.dir.resolve("asked.pem"), Pem.encode(certificate));
    var trust = Pem.decodeCertificates(Files.readString(server.made.trust()));
    Files.writeString(server.dir.resolve("issuing.pem"), Pem.encode(trust.getLast()));
    return Tool.OPENSSL
        .run(
            server.dir,
            "ocsp",
            "-issuer",
            "issuing.pem",
            "-cert",
            "asked.pem",
            "-CAfile",
            server.made.trust().toString(),
            "-url",
            server.nameplate.statusUrl() + "/ocsp")
        .ok()
        .output();
  }

  private static boolean lists(Path crl, Certificate certificate) throws Exception {
    if (!Files.exists(crl)) {
      return false;
    }
    for (var each = Crl.parse(Files.readAllBytes(crl)).serials(); each.hasNext(); ) {
      if (each.next().equals(certificate.serial())) {
        return true;
      }
    }
    return false;
  }

  private static boolean says(Path crl, Certificate certificate, int reason) throws Exception {
    for (var each = Crl.parse(Files.readAllBytes(crl)).entries(); each.hasNext(); ) {
      var entry = each.next();
      if (entry.serial().equals(certificate.serial()) && entry.reason() == reason) {
        return true;
      }
    }
    return false;
  }

  private static String path(String issuer) {
    return "/crl/" + issuer.substring(0, 32) + "/end-entities.crl";
  }

  private static Path copyOfCrl(RunningServer server) throws IOException {
    try (var files = Files.walk(server.dir.resolve("audit"))) {
      return files
          .filter(file -> file.endsWith("end-entities.crl"))
          .findFirst()
          .orElse(server.dir.resolve("audit/none"));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (var each : files.toList()) {
        Files.copy(each, to.resolve(from.relativize(each)));
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var each : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(each);
      }
    }
  }
}
