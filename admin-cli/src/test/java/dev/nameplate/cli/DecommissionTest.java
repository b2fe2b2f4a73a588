package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.Nameplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Devices are taken out of service from the command line, on a real server with a SoftHSM token,
/// and the proof of it is checked on a machine that has the file and the root certificate.
@Tag("threat-R15")
class DecommissionTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MUTATIONS = 400;

  private static Path folder = Path.of("");
  private static Path np = Path.of("");
  private static @Nullable Nameplate server;

  @BeforeAll
  static void initAndServe() throws Exception {
    folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "decommission-");
    np = folder.resolve("np");
    run(
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
    var settings = np.resolve("nameplate.yaml");
    Files.writeString(
        settings, Files.readString(settings) + "\nretirement:\n  four_eyes_above: 5\n");
    server = Nameplate.start(np);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void oneCommandRetiresADeviceToItsReceiptWhichIsCheckedOffline() throws Exception {
    enrolled("pump-1");
    var retired =
        nameplate(
                "device",
                "retire",
                "pump-1",
                "--reason",
                "keyCompromise",
                "--waive-wipe",
                "stolen",
                "--wait",
                "ocsp,crl")
            .ok();
    assertThat(retired.err()).contains("Finished: receipt pump-1.1.");

    var file = folder.resolve("pump-1.1.jws");
    nameplate("receipt", "get", "pump-1.1", "--out", file.toString()).ok();
    var root = root();
    // another machine: no context, no server
    var good = run("receipt", "verify", file.toString(), "--root", root.toString()).ok();
    assertThat(good.out()).contains("pump-1.1", "good");
    var json =
        JSON.readTree(
            run("receipt", "verify", file.toString(), "--root", root.toString(), "-o", "json")
                .ok()
                .out());
    assertThat(json.at("/items/0/good").asBoolean()).isTrue();
    assertThat(json.at("/items/0/certificates").asInt()).isOne();

    assertOthersAgree(file);
    assertEveryMutationIsFound(file, root);
    assertAnotherRootIsNotEnough(file);
  }

  /// `python3` with `cryptography` knows nothing of us: it checks the signature and the chain.
  private static void assertOthersAgree(Path file) throws Exception {
    var script = folder.resolve("check.py");
    Files.writeString(
        script,
        """
        import base64, hashlib, json, sys
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
        from cryptography.x509 import ocsp
        def b64(s): return base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))
        head, body, signature = open(sys.argv[1]).read().strip().split(".")
        header = json.loads(b64(head))
        chain = [x509.load_der_x509_certificate(base64.b64decode(c)) for c in header["x5c"]]
        sizes = {"ES256": (32, hashes.SHA256()), "ES384": (48, hashes.SHA384())}
        size, digest = sizes[header["alg"]]
        raw = b64(signature)
        der = encode_dss_signature(
            int.from_bytes(raw[:size], "big"), int.from_bytes(raw[size:], "big"))
        chain[0].public_key().verify(der, (head + "." + body).encode(), ec.ECDSA(digest))
        root = x509.load_pem_x509_certificate(open(sys.argv[2], "rb").read())
        path = chain + [root]
        for lower, upper in zip(path, path[1:]):
            if lower != upper:
                lower.verify_directly_issued_by(upper)
        payload = json.loads(b64(body))
        canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert canonical.encode() == b64(body), "not canonical"
        for each in payload["certificates"]:
            answer = ocsp.load_der_ocsp_response(base64.b64decode(each["ocsp"]["response"]))
            assert answer.certificate_status == ocsp.OCSPCertStatus.REVOKED
            assert answer.serial_number == int(each["serial"], 16)
        print("agreed", payload["receipt_id"])
        """);
    var said =
        new Tool("python3", "python3 python3-cryptography")
            .run(folder, script.toString(), file.toString(), root().toString())
            .ok();
    assertThat(said.out()).contains("agreed pump-1.1");
  }

  /// Any byte of it.
  private static void assertEveryMutationIsFound(Path file, Path root) throws Exception {
    var compact = Files.readString(file).strip();
    var random = new Random(11);
    var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    var roots = Pem.decodeCertificates(Files.readString(root));
    var missed = new ArrayList<Integer>();
    for (int i = 0; i < MUTATIONS; i++) {
      int at = random.nextInt(compact.length());
      var mutated = new StringBuilder(compact);
      char other = alphabet.charAt(random.nextInt(alphabet.length()));
      if (other == compact.charAt(at)) {
        mutated.deleteCharAt(at);
      } else {
        mutated.setCharAt(at, other);
      }
      try {
        if (ReceiptCheck.check(mutated.toString(), roots, Instant.now()).isGood()) {
          missed.add(at);
        }
      } catch (ReceiptCheck.NoReceiptException found) {
        assertThat(found).hasMessageNotContaining("null");
      }
    }
    assertThat(missed).isEmpty();
  }

  private static void assertAnotherRootIsNotEnough(Path file) throws Exception {
    var other = folder.resolve("other.pem");
    Tool.OPENSSL
        .run(
            folder,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            folder.resolve("other.key").toString(),
            "-out",
            other.toString(),
            "-subj",
            "/CN=Somebody else",
            "-days",
            "3650")
        .ok();
    var bad = run("receipt", "verify", file.toString(), "--root", other.toString());
    assertThat(bad.exit()).isEqualTo(1);
    assertThat(bad.err()).contains("its signer is not to be believed");
  }

  @Test
  void manyDevicesAreShownFirstAndRetiredWithTheirResults() throws Exception {
    for (int i = 1; i <= 3; i++) {
      nameplate("device", "add", "valve-" + i, "--profile", "device").ok();
    }
    var list = folder.resolve("valves.csv");
    Files.writeString(list, "id,site\nvalve-1,berlin\nvalve-2,berlin\nvalve-3,berlin\n");

    var shown =
        nameplate("device", "retire", "--file", list.toString(), "--dry-run", "-o", "json").ok();
    assertThat(JSON.readTree(shown.out()).at("/plan/devices").asInt()).isEqualTo(3);
    assertThat(shown.err()).contains("Nothing was done", "--yes --confirm 3");
    assertThat(nameplate("plan", "list", "-o", "json").ok().out()).doesNotContain("valve");
    assertThat(nameplate("device", "retire", "--file", list.toString(), "--yes").exit())
        .isEqualTo(2);
    var unconfirmed = nameplate("device", "retire", "--file", list.toString());
    assertThat(unconfirmed.exit()).isEqualTo(2);
    assertThat(unconfirmed.err()).contains("retire 3 devices", "add --yes --confirm 3");
    var one = nameplate("device", "retire", "valve-1", "--yes", "--confirm", "2");
    assertThat(one.exit()).isEqualTo(2);
    assertThat(nameplate("device", "show", "valve-1").ok().out())
        .containsPattern("state +registered");
    assertThat(
            nameplate("device", "retire", "--file", list.toString(), "--yes", "--confirm", "4")
                .exit())
        .isEqualTo(2);
    var results = folder.resolve("out.jsonl");
    var done =
        nameplate(
                "device",
                "retire",
                "--file",
                list.toString(),
                "--yes",
                "--confirm",
                "3",
                "--waive-wipe",
                "never used",
                "--rate",
                "50/s",
                "--wait",
                "ocsp,crl",
                "--results",
                results.toString())
            .ok();
    assertThat(done.out()).containsPattern("retired +3");
    var lines = Files.readAllLines(results);
    assertThat(lines).hasSize(3);
    assertThat(JSON.readTree(lines.getFirst()).get("result").asText()).isEqualTo("retired");

    var again =
        nameplate("device", "retire", "--file", list.toString(), "--yes", "--confirm", "3").ok();
    assertThat(again.err()).contains("Nothing to do: 3 devices were retired before.");
    Files.delete(results);
    var waited =
        nameplate(
                "device",
                "retire",
                "--file",
                list.toString(),
                "--yes",
                "--confirm",
                "3",
                "--wait",
                "ocsp,crl",
                "--results",
                results.toString())
            .ok();
    assertThat(waited.err()).contains("going on with it");
    assertThat(Files.readAllLines(results)).hasSize(3).allMatch(line -> line.contains("seen_at"));
    var others =
        nameplate(
            "device", "retire", "valve-1", "valve-2", "--yes", "--confirm", "2", "--wait", "crl");
    assertThat(others.exit()).isEqualTo(5);
    assertThat(others.err()).contains("no plan is just this");
    assertThat(nameplate("device", "retire", "valve-1", "nobody").exit()).isEqualTo(3);
  }

  @Test
  void aLargePlanWaitsForSomebodyElse() throws Exception {
    for (int i = 1; i <= 6; i++) {
      nameplate("device", "add", "lamp-" + i, "--profile", "device").ok();
    }
    var command = new ArrayList<>(List.of("device", "retire"));
    for (int i = 1; i <= 6; i++) {
      command.add("lamp-" + i);
    }
    var draft = plan(nameplate(with(command, "--dry-run", "-o", "json")).ok());
    var waiting =
        nameplate(
            with(
                command,
                "--yes",
                "--confirm",
                "6",
                "--plan",
                draft.get("sha256").asText(),
                "-o",
                "json"));
    assertThat(waiting.exit()).isEqualTo(7);
    var id = plan(waiting).get("id").asText();
    assertThat(waiting.err()).contains("nameplate approval grant " + id);

    var again = nameplate(with(command, "--yes", "--confirm", "6", "-o", "json"));
    assertThat(again.exit()).isEqualTo(7);
    assertThat(plan(again).get("id").asText()).as("no second plan").isEqualTo(id);
    assertThat(nameplate("approval", "list").ok().out()).contains(id);
    var own = nameplate("approval", "grant", id);
    assertThat(own.exit()).isEqualTo(4);
    assertThat(own.err()).contains("somebody else has to decide");
    assertThat(nameplate("device", "retire", "--plan", id, "--yes", "--confirm", "6").exit())
        .isEqualTo(7);
    assertThat(nameplate("device", "show", "lamp-1").ok().out())
        .containsPattern("state +registered");
    assertThat(nameplate("plan", "cancel", id).ok().out()).containsPattern("state +cancelled");
    assertThat(nameplate("device", "retire", "--plan", id, "--yes", "--confirm", "6").exit())
        .isEqualTo(5);
  }

  private static JsonNode plan(Shell.Result result) throws IOException {
    return JSON.readTree(result.out()).get("plan");
  }

  private static String[] with(List<String> command, String... more) {
    var all = new ArrayList<>(command);
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static void enrolled(String device) throws Exception {
    var secret = nameplate("device", "add", device, "--profile", "device").ok().out().strip();
    var file = folder.resolve(device + ".secret");
    Files.writeString(file, secret + "\n");
    nameplate(
            "est",
            "enroll",
            device,
            "--secret-file",
            file.toString(),
            "--out",
            folder.resolve(device).toString())
        .ok();
  }

  /// The root alone, as a person would have it.
  private static Path root() throws IOException {
    var trust = Files.readString(np.resolve("trust.pem"));
    var roots = folder.resolve("root.pem");
    try {
      var alone =
          Pem.decodeCertificates(trust).stream()
              .filter(each -> each.issuer().equals(each.subject()))
              .findFirst()
              .orElseThrow();
      Files.writeString(roots, Pem.encode(alone));
    } catch (MalformedCertificateException broken) {
      throw new IOException(broken);
    }
    return roots;
  }

  private static Shell.Result nameplate(String... arguments) {
    return new Shell().with("NAMEPLATE_DIR", np.toString()).run(arguments);
  }

  private static Shell.Result run(String... arguments) {
    return new Shell().run(arguments);
  }
}
