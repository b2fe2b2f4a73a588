package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.cli.est.IdentityFolder;
import dev.nameplate.cli.http.ClientTls;
import dev.nameplate.server.Nameplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The commands of the README, on a real server with a SoftHSM token and H2: made once by `init`,
/// started once, and used by every test with devices of its own.
class StoryTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static Path folder = Path.of("");
  private static Path np = Path.of("");
  private static @Nullable Nameplate server;

  @BeforeAll
  static void initAndServe() throws Exception {
    folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "story-");
    np = folder.resolve("np");
    new Shell()
        .run(
            "init",
            "--dir",
            np.toString(),
            "--org",
            "Acme Devices",
            "--est-port",
            "0",
            "--status-port",
            "0",
            "--admin-port",
            "0",
            "--metrics-port",
            "0")
        .ok();
    guardALabel();
    server = Nameplate.start(np);
  }

  /// A label under which an operator has to approve, and clients ask every second.
  private static void guardALabel() throws IOException {
    var usual = Files.readString(np.resolve("profiles/device.yaml"));
    Files.writeString(
        np.resolve("profiles/guarded.yaml"),
        usual
            .replace("name: device", "name: guarded")
            .replace("approval: false", "approval: true"));
    var settings = np.resolve("nameplate.yaml");
    Files.writeString(
        settings,
        Files.readString(settings)
            .replace(
                "{default_label: device}", "{default_label: device, approval_retry_after: 1s}"));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void aDeviceIsEnrolledRenewedAndRetired() throws Exception {
    var pump = folder.resolve("pump");

    var added = nameplate("device", "add", "pump-0017", "--profile", "device").ok();
    assertThat(added.err()).contains("Registered pump-0017").doesNotContain(added.out().strip());
    assertThat(added.out().strip()).hasSizeGreaterThan(20).doesNotContain("\n");
    var secret = secretFile("pump-0017", added.out());

    var enrolled = enroll("pump-0017", secret, pump).ok();
    assertThat(enrolled.out()).contains("cn=pump-0017");
    assertThat(permissions(pump.resolve("key.pem"))).isEqualTo("rw-------");
    openssl("verify", "-x509_strict", "-CAfile", np + "/trust.pem", pump + "/cert.pem");
    var firstSerial = serial(pump);
    var firstKey = Files.readString(pump.resolve("key.pem"));

    nameplate("est", "reenroll", "--in", pump.toString(), "--out", pump.toString()).ok();
    openssl("verify", "-x509_strict", "-CAfile", np + "/trust.pem", pump + "/cert.pem");
    var secondSerial = serial(pump);
    assertThat(secondSerial).isNotEqualTo(firstSerial);
    assertThat(Files.readString(pump.resolve("key.pem"))).isNotEqualTo(firstKey);

    assertThat(nameplate("crl", "list").ok().out()).contains("authorities", "end-entities");
    assertThat(nameplate("crl", "show", "issuing", "end-entities").ok().out())
        .contains("/end-entities.crl");
    assertThat(nameplate("crl", "publish", "issuing").ok().out()).contains("end-entities");
    assertThat(nameplate("crl", "publish", "no-such-role").exit()).isNotZero();

    var listed = nameplate("cert", "list", "--device", "pump-0017").ok();
    assertThat(listed.out()).contains(firstSerial, secondSerial);

    var retired =
        nameplate(
                "device",
                "retire",
                "pump-0017",
                "--reason",
                "cessationOfOperation",
                "--wait",
                "ocsp,crl")
            .ok();
    assertThat(retired.out()).contains(secondSerial, "revoked (cessationOfOperation)");
    assertThat(retired.err())
        .contains("OCSP says revoked: " + secondSerial, "The CRL says revoked: " + secondSerial);

    assertThat(nameplate("device", "show", "pump-0017").ok().out())
        .containsPattern("state +retiring");
    var renewal = nameplate("est", "reenroll", "--in", pump.toString(), "--out", pump.toString());
    assertThat(renewal.exit()).isEqualTo(4);
    assertThat(renewal.err()).contains("the server says no", "retired");
    assertThat(nameplate("device", "secret", "pump-0017").exit()).isEqualTo(5);
    assertThat(nameplate("device", "add", "PUMP-0017", "--profile", "device").exit()).isEqualTo(5);
    assertThat(nameplate("audit", "verify").ok().out()).startsWith("intact: ");
    assertThat(nameplate("audit", "show", "--device", "pump-0017").ok().out())
        .contains("pump-0017");
  }

  @Test
  @Tag("E11")
  void anEnrollmentThatWaitsForAnOperatorGoesOnWhenItIsApproved() throws Exception {
    var secret = folder.resolve("guarded-1.secret");
    nameplate(
            "device",
            "add",
            "guarded-1",
            "--profile",
            "guarded",
            "--secret-file",
            secret.toString())
        .ok();
    var pump = folder.resolve("guarded-1");

    var waits = enroll("guarded-1", secret, pump, "--label", "guarded");
    assertThat(waits.exit()).isEqualTo(7);
    assertThat(waits.err()).contains("it waits for an operator's approval");
    var polled = enroll("guarded-1", secret, pump, "--label", "guarded", "--wait", "2s");
    assertThat(polled.exit()).isEqualTo(7);
    assertThat(polled.err()).contains("Asking again in 1 s, until ");

    var listed = json("request", "list").get("items");
    assertThat(listed).hasSize(1);
    var id = listed.get(0).get("id").asText();
    assertThat(nameplate("request", "list").ok().out()).contains(id, "device:guarded-1", "pending");
    assertThat(nameplate("request", "show", id).ok().out()).contains("cn=guarded-1");
    assertThat(nameplate("device", "explain", "guarded-1").ok().out())
        .contains("202: request " + id, "nameplate request approve " + id, "queued: " + id);
    assertThat(nameplate("request", "approve", id).ok().err()).contains("Approved " + id);
    assertThat(nameplate("request", "approve", id).ok().err()).contains("approved before");

    enroll("guarded-1", secret, pump, "--label", "guarded", "--wait").ok();

    openssl("verify", "-x509_strict", "-CAfile", np + "/trust.pem", pump + "/cert.pem");
    assertThat(json("request", "list").get("items")).isEmpty();
    assertThat(json("request", "list", "--state", "used").get("items")).hasSize(1);
    assertThat(nameplate("request", "deny", id, "--reason", "too late").exit()).isEqualTo(5);
    assertThat(nameplate("request", "show", "zzzzzzzz").exit()).isEqualTo(3);
  }

  @Test
  @Tag("E11")
  void aDeniedEnrollmentIsToldWhyAndTheOperatorIsExplainedWhatToDo() throws Exception {
    var secret = folder.resolve("guarded-2.secret");
    nameplate(
            "device",
            "add",
            "guarded-2",
            "--profile",
            "guarded",
            "--secret-file",
            secret.toString())
        .ok();
    var pump = folder.resolve("guarded-2");
    enroll("guarded-2", secret, pump, "--label", "guarded");
    var id =
        json("request", "list", "--device", "guarded-2").get("items").get(0).get("id").asText();
    nameplate("request", "deny", id, "--reason", "not on the delivery note").ok();

    var refused = enroll("guarded-2", secret, pump, "--label", "guarded");

    assertThat(refused.exit()).isEqualTo(4);
    assertThat(refused.err()).contains("not on the delivery note", "(request ");
    assertThat(nameplate("device", "explain", "guarded-2").ok().out())
        .contains("REQUEST_DENIED", "With another key the device may ask again.");
    var stranger = nameplate("device", "explain", "nobody-knows");
    assertThat(stranger.exit()).isEqualTo(3);
    assertThat(stranger.out()).contains("401: there is no device nobody-knows");
  }

  @Test
  void aLostAnswerToAnEnrollmentIsAskedForAgain() throws Exception {
    var pump = folder.resolve("lost-enroll");
    var secret = added("lost-enroll");
    try (var lossy = lossy(ClientTls.trusting(Inputs.certificates(np.resolve("trust.pem"))))) {
      lossy.loseAnswers(1);
      var lost = enroll("lost-enroll", secret, pump, "--url", lossy.url());

      assertThat(lost.exit()).isEqualTo(1);
      assertThat(lost.err()).contains("broke off", "Run the same command again");
      assertThat(IdentityFolder.read(pump)).isEmpty();

      var again = enroll("lost-enroll", secret, pump, "--url", lossy.url()).ok();

      assertThat(again.err()).contains("Going on with the key of an earlier attempt");
    }
    var certificates = json("cert", "list", "--device", "lost-enroll").get("items");
    assertThat(certificates).hasSize(1);
    assertThat(certificates.get(0).get("serial").asText()).isEqualTo(serial(pump));
  }

  @Test
  void aLostAnswerToARenewalLeavesTheOldPairUsableAndIsAskedForAgain() throws Exception {
    var pump = folder.resolve("lost-renewal");
    enroll("lost-renewal", added("lost-renewal"), pump).ok();
    var old = IdentityFolder.read(pump).orElseThrow();
    var asPump =
        ClientTls.mutual(
            Inputs.certificates(np.resolve("trust.pem")), old.key().privateKey(), old.chain());
    try (var lossy = lossy(asPump)) {
      lossy.loseAnswers(2);
      for (int i = 0; i < 2; i++) {
        assertThat(reenroll(pump, "--url", lossy.url()).exit()).isEqualTo(1);
        assertThat(IdentityFolder.read(pump).orElseThrow().certificate())
            .isEqualTo(old.certificate());
      }

      reenroll(pump, "--url", lossy.url()).ok();
    }

    assertThat(IdentityFolder.read(pump).orElseThrow().key().publicKey())
        .isNotEqualTo(old.key().publicKey());
    assertThat(json("cert", "list", "--device", "lost-renewal").get("items")).hasSize(2);
    reenroll(pump).ok();
  }

  @Test
  @Tag("X2")
  void aRenewalThatIsNotDueIsLeftForLater() throws Exception {
    var pump = folder.resolve("patient");
    enroll("patient", added("patient"), pump).ok();
    var before = serial(pump);

    var early = reenroll(pump, "--if-due").ok();

    assertThat(early.err()).contains("is to be renewed at 20");
    assertThat(serial(pump)).isEqualTo(before);
    // the server says that this one should be renewed at once, and then refuses to do so
    nameplate("cert", "revoke", before, "--reason", "superseded").ok();
    assertThat(reenroll(pump, "--if-due").exit()).isEqualTo(4);
  }

  @Test
  void authoritiesAreAddedAndTheRootIsRolledOver() throws Exception {
    var added = nameplate("issuer", "add", "sensors", "--title", "Acme Sensors CA").ok();
    assertThat(added.out()).contains("cn=Acme Sensors CA").containsPattern("state +active");
    assertThat(nameplate("issuer", "add", "sensors").exit()).isEqualTo(5);

    var rekeyed = nameplate("issuer", "rekey", "sensors", "--key", "ec-p384").ok();
    assertThat(rekeyed.out()).contains("cn=Acme Sensors CA 2").containsPattern("key +ec-p384");
    assertThat(nameplate("issuer", "rekey", "nobody").exit()).isEqualTo(3);
    assertThat(nameplate("issuer", "rekey", "root").exit()).isEqualTo(5);

    assertThat(nameplate("issuer", "rollover", "root", "--activate").exit()).isEqualTo(5);
    var announced = nameplate("issuer", "rollover", "root").ok();
    assertThat(announced.out()).containsPattern("state +announced");
    assertThat(announced.err()).contains("nameplate issuer rollover root --activate");
    assertThat(json("est", "cacerts").get("items")).hasSize(5);
    nameplate("issuer", "rollover", "root", "--activate").ok();
    assertThat(json("issuer", "list").get("items"))
        .extracting(issuer -> issuer.get("role").asText() + " " + issuer.get("state").asText())
        .contains("root superseded", "root active", "issuing active", "sensors superseded");

    // whoever trusts the old root alone goes on as before
    var pump = folder.resolve("after-rollover");
    enroll("after-rollover", added("after-rollover"), pump).ok();
    reenroll(pump).ok();
    openssl("verify", "-x509_strict", "-CAfile", np + "/trust.pem", pump + "/cert.pem");
  }

  @Test
  void anUnusedSecretOfARetiredDeviceIsRefused() throws Exception {
    var secret = added("never-enrolled");
    nameplate("device", "retire", "never-enrolled").ok();

    var refused = enroll("never-enrolled", secret, folder.resolve("never-enrolled"));

    assertThat(refused.exit()).isEqualTo(4);
    assertThat(folder.resolve("never-enrolled/cert.pem")).doesNotExist();
  }

  @Test
  void aDeviceIsFoundByWhatIsKnownOfItAndMovedAsItsStateAllows() throws Exception {
    var pump = folder.resolve("known");
    enroll("known", added("known"), pump).ok();
    reenroll(pump).ok();
    nameplate("device", "edit", "known", "--model", "GW2", "--site", "Graz West").ok();

    var where = "model=GW2 and site='Graz West' and last_renewed>=2026-01-01";
    var found = nameplate("device", "list", "--where", where, "-o", "json").ok();
    assertThat(JSON.readTree(found.out()).at("/items/0/id").asText()).isEqualTo("known");
    var unclear = nameplate("device", "list", "--where", "model~GW2");
    assertThat(unclear.exit()).isEqualTo(2);
    assertThat(unclear.err()).contains("character 6");

    nameplate("device", "suspend", "known", "--why", "seen twice").ok();
    assertThat(reenroll(pump).err()).contains("is suspended");
    assertThat(nameplate("device", "suspend", "known", "--why", "again").exit()).isEqualTo(5);
    nameplate("device", "resume", "known", "--why", "all is well").ok();
    assertThat(nameplate("device", "cancel", "known", "--why", "a typo").exit()).isEqualTo(5);
    nameplate("device", "lost", "known").ok();
    assertThat(nameplate("device", "show", "known").ok().out()).contains("retiring", "Graz West");
    assertThat(nameplate("device", "repurpose", "known", "--why", "sold").exit()).isEqualTo(5);
  }

  @Test
  void retiringAgainChangesNothing() throws Exception {
    var pump = folder.resolve("twice");
    enroll("twice", added("twice"), pump).ok();
    nameplate("device", "retire", "twice").ok();

    var again = nameplate("device", "retire", "twice", "--wait", "ocsp,crl").ok();

    assertThat(again.err()).contains("was retired before");
    assertThat(again.out()).contains(serial(pump));
  }

  @Test
  void oneCertificateIsRevokedAndRelyingPartiesSeeIt() throws Exception {
    var pump = folder.resolve("stolen");
    enroll("stolen", added("stolen"), pump).ok();

    var revoked =
        nameplate(
                "cert",
                "revoke",
                serial(pump),
                "--reason",
                "keyCompromise",
                "--wait",
                "crl,ocsp",
                "-o",
                "json")
            .ok();

    var answer = JSON.readTree(revoked.out());
    assertThat(fields(answer)).containsExactly("already", "certificate", "missing", "seen");
    assertThat(answer.get("missing")).isEmpty();
    assertThat(answer.at("/certificate/revocation/reason").asText()).isEqualTo("keyCompromise");
    assertThat(answer.get("seen")).hasSize(2);
    assertThat(reenroll(pump).exit()).isEqualTo(4);
  }

  @Test
  @Tag("C02")
  void aCertificateOnHoldIsRefusedUntilItIsReleased() throws Exception {
    var pump = folder.resolve("suspect");
    enroll("suspect", added("suspect"), pump).ok();
    var serial = serial(pump);

    var held = nameplate("cert", "hold", serial, "--wait", "ocsp").ok();
    assertThat(held.err()).contains("Put " + serial + " of device:suspect on hold");
    assertThat(held.out()).containsPattern("reason +certificateHold");
    assertThat(reenroll(pump).exit()).isEqualTo(4);
    assertThat(nameplate("device", "explain", "suspect").ok().out())
        .contains("is on hold", "nameplate cert release " + serial);
    assertThat(nameplate("cert", "hold", serial).ok().err()).contains("on hold already");
    assertThat(nameplate("cert", "show", serial).ok().out())
        .containsPattern("standing +on hold")
        .containsPattern("on hold since +20");

    var released = nameplate("cert", "release", serial, "--wait", "ocsp,crl").ok();
    assertThat(released.err())
        .contains("it is good again", "OCSP says good: ", "The CRL says good: ");
    assertThat(nameplate("cert", "release", serial).ok().err()).contains("nothing changed");
    assertThat(reenroll(pump).exit()).isEqualTo(0);

    nameplate("cert", "revoke", serial, "--reason", "superseded");
    assertThat(nameplate("cert", "release", serial).exit()).isEqualTo(5);
    assertThat(nameplate("cert", "hold", serial).exit()).isEqualTo(5);
    assertThat(nameplate("cert", "release", "1f").exit()).isEqualTo(3);
  }

  @Test
  void aRevocationThatIsNotSeenInTimeHasAnExitCodeOfItsOwn() throws Exception {
    var pump = folder.resolve("unseen");
    enroll("unseen", added("unseen"), pump).ok();

    var unseen = revoke(pump, "ocsp,crl", "--public", "http://127.0.0.1:1", "--timeout", "1s");

    assertThat(unseen.exit()).isEqualTo(8);
    assertThat(unseen.out())
        .containsPattern(serial(pump) + " +ocsp +\\S+ +not yet: ")
        .containsPattern(
            serial(pump) + " +crl +\\S+ +not yet: no CRL: nothing answers at http://127");
    assertThat(unseen.err()).contains("revoked, but relying parties cannot see it yet");

    var status = Objects.requireNonNull(server).statusUrl().toString();
    var seen = revoke(pump, "ocsp,crl", "--public", status).ok();

    assertThat(seen.err()).contains("was revoked before");
    assertThat(seen.out())
        .containsPattern(serial(pump) + " +ocsp +\\S+ +after [0-9]+\\.[0-9] s")
        .containsPattern(serial(pump) + " +crl +\\S+ +after [0-9]+\\.[0-9] s");
    assertThat(revoke(pump, "ocsp", "--public", "np.example").exit()).isEqualTo(2);
  }

  @Test
  void theDoctorFindsNothingWrong() throws Exception {
    var pump = folder.resolve("examined");
    enroll("examined", added("examined"), pump).ok();

    var own = nameplate("doctor");
    assertThat(own.out())
        .containsPattern("OK +ocsp.status +http://")
        .containsPattern("OK +est.tls +https://")
        .containsPattern("OK +est.cacerts +https://")
        .containsPattern("OK +crl.times +http://")
        .containsPattern("OK +agreement ")
        .containsPattern("OK +crl.range +http://")
        .containsPattern("OK +ocsp.etag +http://")
        .doesNotContainPattern("NOTE|WARN|FAIL");
    assertThat(own.exit()).isZero();

    revoke(pump, "ocsp,crl").ok();
    var revoked =
        new Shell()
            .run(
                "doctor",
                "--certificate",
                pump + "/cert.pem",
                "--ca-file",
                np + "/trust.pem",
                "-o",
                "json");
    var answer = JSON.readTree(revoked.out());
    assertThat(answer.get("items"))
        .allSatisfy(item -> assertThat(item.get("result").asText()).isEqualTo("ok"));
    assertThat(answer.get("items"))
        .extracting(item -> item.get("found").asText())
        .contains("OCSP and CRL agree: it is revoked");
  }

  @Test
  void aWrongSecretIsDeniedAndTheRightOneStillWorks() throws Exception {
    var pump = folder.resolve("typo");
    var secret = added("typo");
    var wrong = secretFile("typo-wrong", "AAAABBBBCCCCDDDDEEEEFFFFGG\n");

    assertThat(enroll("typo", wrong, pump).exit()).isEqualTo(4);
    enroll("typo", secret, pump).ok();
  }

  @Test
  void aServerOfAnotherCaIsNotToldTheSecret() throws Exception {
    var pump = folder.resolve("foreign");
    var secret = added("foreign");
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=Somebody Else",
        "-keyout",
        folder + "/else.key",
        "-out",
        folder + "/else.pem");

    var refused = enroll("foreign", secret, pump, "--trust", folder + "/else.pem");

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("is not trusted", "the trust.pem of that server?");
    enroll("foreign", secret, pump).ok();
  }

  @Test
  void anEnrolledFolderIsNotEnrolledOver() throws Exception {
    var pump = folder.resolve("once");
    var secret = added("once");
    enroll("once", secret, pump).ok();

    var again = enroll("once", secret, pump);

    assertThat(again.exit()).isEqualTo(5);
    assertThat(again.err()).contains("has a certificate already", "est reenroll");
  }

  @Test
  void theKeyIsKeptWhenThatIsWanted() throws Exception {
    var pump = folder.resolve("same-key");
    enroll("same-key", added("same-key"), pump).ok();
    var key = Files.readString(pump.resolve("key.pem"));
    var before = serial(pump);

    reenroll(pump, "--same-key").ok();

    assertThat(pump.resolve("key.pem")).hasContent(key);
    assertThat(serial(pump)).isNotEqualTo(before);
  }

  @Test
  @Tag("E8")
  void aRequestIsTiedToItsConnection() throws Exception {
    var pump = folder.resolve("linked");
    enroll("linked", added("linked"), pump, "--link").ok();
    var before = serial(pump);

    // what is there is verified: a value of another connection would be refused
    reenroll(pump, "--link").ok();

    assertThat(serial(pump)).isNotEqualTo(before);
  }

  @Test
  void everyKindOfKeyIsEnrolled() throws Exception {
    for (var type : new String[] {"rsa-2048", "ec-p256", "ec-p384"}) {
      var pump = folder.resolve("key-" + type);
      enroll("key-" + type, added("key-" + type), pump, "--key-type", type).ok();

      assertThat(
              SoftwareKey.fromPem(Files.readString(pump.resolve("key.pem")))
                  .publicKey()
                  .type()
                  .text())
          .isEqualTo(type);
    }
  }

  @Test
  void whatDoesNotExistEndsWith3AndWhatIsTakenWith5() {
    assertThat(nameplate("device", "show", "nobody").exit()).isEqualTo(3);
    assertThat(nameplate("device", "retire", "nobody").exit()).isEqualTo(3);
    assertThat(nameplate("cert", "show", "1f").exit()).isEqualTo(3);
    assertThat(nameplate("cert", "revoke", "1f", "--reason", "superseded").exit()).isEqualTo(3);
    nameplate("device", "add", "taken").ok();
    assertThat(nameplate("device", "add", "taken").exit()).isEqualTo(5);
    assertThat(nameplate("device", "add", "x", "--profile", "no-such-profile").exit()).isEqualTo(2);
  }

  @Test
  void jsonForScriptsHasTheFieldsThatScriptsRelyOn() throws Exception {
    var added = json("device", "add", "scripted", "--secret-uses", "2", "--secret-ttl", "30m");
    assertThat(fields(added)).containsExactly("device", "secret");
    assertThat(fields(added.get("secret"))).containsExactly("expires", "id", "text", "uses");
    assertThat(added.at("/secret/uses").asInt()).isEqualTo(2);
    assertThat(fields(added.get("device")))
        .containsExactly("epoch", "id", "profile", "registered_at", "state");

    var secret = secretFile("scripted", added.at("/secret/text").asText());
    var enrolled =
        json(
            "est",
            "enroll",
            "scripted",
            "--secret-file",
            secret.toString(),
            "--out",
            folder.resolve("scripted").toString());
    assertThat(fields(enrolled))
        .containsExactly(
            "certificate", "chain", "key", "not_after", "not_before", "serial", "subject");

    var shown = json("cert", "show", enrolled.get("serial").asText());
    assertThat(fields(shown))
        .contains(
            "crl_url",
            "issuer",
            "key",
            "label",
            "not_after",
            "not_before",
            "owner",
            "pem",
            "serial",
            "sha256",
            "slot",
            "state",
            "subject");
    assertThat(fields(json("device", "show", "scripted")))
        .containsExactly("certificates", "device", "epochs");
    assertThat(fields(json("device", "list"))).containsExactly("items");
    assertThat(fields(json("audit", "verify"))).contains("chains", "checkpoints", "intact", "rows");
    assertThat(fields(json("audit", "show").at("/items/0")))
        .contains("at", "chain", "kind", "sequence");
    assertThat(json("issuer", "list").get("items"))
        .extracting(issuer -> issuer.get("role").asText())
        .contains("root", "issuing");
    assertThat(fields(json("config", "check", "--dir", np.toString())))
        .containsExactly("problems", "valid");
    assertThat(json("est", "cacerts").get("items")).hasSizeGreaterThanOrEqualTo(2);
  }

  @Test
  void theSecretGoesToAFileForItsOwnerOnly() throws Exception {
    var file = folder.resolve("private");
    var added =
        nameplate("device", "add", "private", "--secret-file", file.toString(), "-o", "json");

    assertThat(permissions(file)).isEqualTo("rw-------");
    var secret = Files.readString(file).strip();
    assertThat(added.ok().out() + added.err()).doesNotContain(secret);
    enroll("private", file, folder.resolve("private-pump")).ok();
  }

  @Test
  void aCertificateIsPrintedForOpenssl() throws Exception {
    var pump = folder.resolve("printed");
    enroll("printed", added("printed"), pump).ok();

    assertThat(nameplate("cert", "show", serial(pump), "--pem").ok().out())
        .isEqualTo(Files.readString(pump.resolve("cert.pem")));
    assertThat(nameplate("cert", "show", serial(pump)).ok().out())
        .containsPattern("standing +(pending|confirmed)");
  }

  @Test
  void theContextIsFoundInMoreThanOneWay() {
    var file = np.resolve("context.yaml").toString();

    new Shell().run("device", "list", "--dir", np.toString()).ok();
    new Shell().run("device", "list", "--context", file).ok();
    new Shell().with("NAMEPLATE_CONTEXT", file).run("device", "list").ok();
    new Shell().with("NAMEPLATE_DIR", np.toString()).run("device", "list").ok();
    assertThat(new Shell().run("device", "list", "--dir", "a", "--context", "b").exit())
        .isEqualTo(2);
  }

  @Test
  void aFolderThatHasACaIsNotMadeAgain() {
    var again = new Shell().run("init", "--dir", np.toString(), "--org", "Acme Devices");

    assertThat(again.exit()).isEqualTo(1);
    assertThat(again.err()).contains(np.toString());
  }

  @Test
  void aSecondServerOnTheSameFolderIsRefused() {
    var second = new Shell().run("serve", "--dir", np.toString());

    assertThat(second.exit()).isEqualTo(1);
    assertThat(second.err()).startsWith("nameplate: ");
  }

  private static Shell.Result nameplate(String... arguments) {
    return new Shell().with("NAMEPLATE_DIR", np.toString()).run(arguments);
  }

  private static JsonNode json(String... arguments) throws IOException {
    return JSON.readTree(
        new Shell()
            .with("NAMEPLATE_DIR", np.toString())
            .with("NAMEPLATE_OUTPUT", "json")
            .run(arguments)
            .ok()
            .out());
  }

  /// Registers a device and returns the file with its secret.
  private static Path added(String device) {
    var file = folder.resolve(device + ".secret");
    nameplate("device", "add", device, "--secret-file", file.toString()).ok();
    return file;
  }

  private static Shell.Result enroll(String device, Path secret, Path out, String... more) {
    return with(
        more, "est", "enroll", device, "--secret-file", secret.toString(), "--out", out.toString());
  }

  private static Shell.Result reenroll(Path pump, String... more) {
    return with(more, "est", "reenroll", "--in", pump.toString(), "--out", pump.toString());
  }

  private static Shell.Result revoke(Path pump, String wait, String... more) throws IOException {
    return with(more, "cert", "revoke", serial(pump), "--reason", "superseded", "--wait", wait);
  }

  private static Shell.Result with(String[] more, String... arguments) {
    var all = Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return nameplate(all);
  }

  private static Path secretFile(String device, String secret) throws IOException {
    return Files.writeString(folder.resolve(device + ".secret"), secret);
  }

  private static LossyEst lossy(SSLContext asClient) throws Exception {
    var context = Context.read(np.resolve("context.yaml"));
    var key = SoftwareKey.fromPem(Files.readString(np.resolve("tls/server.key")));
    var asServer =
        ClientTls.mutual(
            context.anchors(), key.privateKey(), Inputs.certificates(np.resolve("tls/server.pem")));
    return new LossyEst(context.estUrl(), asServer, asClient);
  }

  private static String serial(Path pump) throws IOException {
    var serial =
        IdentityFolder.read(pump).orElseThrow().certificate().getSerialNumber().toString(16);
    return serial.length() % 2 == 0 ? serial : "0" + serial;
  }

  private static SortedSet<String> fields(JsonNode node) {
    var names = new TreeSet<String>();
    node.properties().stream().map(Map.Entry::getKey).forEach(names::add);
    return names;
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static void openssl(String... arguments) {
    var result = Tool.OPENSSL.run(folder, arguments);
    assertThat(result.exit()).as(result.output()).isZero();
  }
}
