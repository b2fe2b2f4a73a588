package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.SoftHsm;
import dev.nameplate.server.RunningServer.Identity;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.InitSummary;
import dev.nameplate.server.setup.Initialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A server whose keys live in more than one token.
class SeveralTokensTest {

  private static final String ONE = "token: {label: nameplate, softhsm: token}";

  private Path dir;
  private InitSummary made;

  @BeforeEach
  void init() throws Exception {
    dir = RunningServer.freshFolder();
    made = Initialization.run(InitOptions.onFreePorts(dir, "Acme Devices"), _ -> {});
  }

  @Test
  void whatHappensToOneTokenLeavesTheOthersWorkGoing() throws Exception {
    var before = tokens();
    new SoftHsm(dir.resolve("token")).createToken("answers", Nameplate.random());
    settings(
        """
        tokens:
          - {label: nameplate, softhsm: token}
          - {label: answers, softhsm: token, keys: [ocsp]}
        """);
    // a kind of key that has no signer yet, so that one is made at the start
    replace("ocsp: {", "ocsp: {keys: [ec-p384], ");
    try (var server = start()) {
      var pump = server.enrolled("pump-1");
      assertThat(asked(server, pump)).contains("pump: good", "ecdsa-with-SHA384");
      assertThat(keysIn("answers")).isNotEmpty().allMatch(label -> label.startsWith("ocsp-main-"));
      assertThat(keysIn("nameplate")).hasSize(5); // of init: root, issuing, and signers

      var issuing = before.iterator().next();
      Files.move(issuing, dir.resolve("away"));
      try {
        await()
            .atMost(Duration.ofSeconds(40))
            .untilAsserted(() ->
                assertThat(server.monitoring("/health/ready"))
                    .contains("not ready: token: token nameplate: "));
        assertThat(asked(server, pump)).as("a new answer, with a nonce").contains("pump: good");
        var refused =
            server.enroll(
                Optional.of(pump),
                "pump-1",
                Optional.empty(),
                SoftwareKey.generate(KeyType.EC_P256));
        assertThat(refused.statusCode()).isEqualTo(503);
      } finally {
        Files.move(dir.resolve("away"), issuing);
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(server.monitoring("/health/ready")).isEqualTo("ready\n"));
      server.enrolled("pump-2");
    }
  }

  @Test
  void keysMayLiveInLibrariesOfTwoMakers() throws Exception {
    var nss = Files.createDirectory(dir.resolve("nss"));
    PrivateFile.write(dir.resolve("nss.pin"), "nss-test-pin");
    new Tool("certutil", "libnss3-tools")
        .run(dir, "-N", "-d", "sql:" + nss, "-f", dir.resolve("nss.pin").toString())
        .ok();
    settings(
        """
        tokens:
          - {label: nameplate, softhsm: token, keys: [root, issuing]}
          - label: NSS Certificate DB
            module: %s
            pin_file: nss.pin
            initialization: "configdir='sql:%s' certPrefix='' keyPrefix='' secmod='' flags="
            template: nss
            keys: [ocsp]
        """
            .formatted(softoken(), nss));
    replace("ocsp: {", "ocsp: {keys: [ec-p384], ");
    try (var server = start()) {
      var pump = server.enrolled("pump-1");

      assertThat(asked(server, pump)).contains("pump: good", "ecdsa-with-SHA384");
      assertThat(keysIn("nameplate")).hasSize(5); // of init: the new signer is not among them
      assertThat(server.monitoring("/health/ready")).startsWith("ready\n");
    }
  }

  private static String softoken() throws IOException {
    var process = new ProcessBuilder("/sbin/ldconfig", "-p").start();
    var known = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    var found = known.lines().filter(line -> line.strip().startsWith("libsoftokn3.so ")).toList();
    assertThat(found).as("NSS softokn is needed: apt-get install libnss3").isNotEmpty();
    return found.getFirst().substring(found.getFirst().indexOf("=> ") + 3);
  }

  @Test
  void aTokenThatIsAwayAtTheStartKeepsNoOtherFromWorking() throws Exception {
    settings(
        """
        tokens:
          - {label: nameplate, softhsm: token}
          - {label: vault, softhsm: token, keys: [root]}
        """);
    try (var server = start()) {
      assertThat(server.monitoring("/health/ready"))
          .startsWith("ready\nwarning: token: token vault: C_GetSlotList: no token has this label");
      server.enrolled("pump-1");
    }
  }

  @Test
  void withoutAnyTokenThereIsNoStart() throws Exception {
    settings(
        """
        tokens:
          - {label: none, softhsm: token}
          - {label: neither, softhsm: token}
        """);

    assertThatThrownBy(() -> Nameplate.start(dir))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("no token is there: token none: C_GetSlotList: no token has this")
        .hasMessageContaining("; token neither: ");
  }

  @Test
  void theStandbyOfATokenSignsUntilThatIsBack() throws Exception {
    var softHsm = new SoftHsm(dir.resolve("token"));
    var before = tokens();
    var first = softHsm.createToken("first", Nameplate.random());
    var folderOfFirst = added(before);
    var second = softHsm.createToken("second", Nameplate.random());
    signerIn(first, second);
    settings(
        """
        tokens:
          - {label: nameplate, softhsm: token}
          - {label: first, softhsm: token, standby: second, deadline: 8s}
          - {label: second, softhsm: token}
        """);
    try (var server = start()) {
      var pump = server.enrolled("pump-1");
      assertThat(asked(server, pump)).contains("pump: good", "OCSP in a pair");
      assertThat(server.monitoring("/metrics"))
          .contains("nameplate_hsm_failovers_total{token=\"first\"} 0.0");

      Files.move(folderOfFirst, dir.resolve("away"));
      try {
        assertThat(asked(server, pump)).contains("pump: good", "OCSP in a pair");
        assertThat(server.monitoring("/health/ready"))
            .startsWith("ready\nwarning: token first: since ")
            .contains("(second signs instead)");
        assertThat(server.monitoring("/metrics"))
            .contains(
                "nameplate_hsm_failovers_total{token=\"first\"} 1.0",
                "nameplate_hsm_on_standby{token=\"first\"} 1.0");
      } finally {
        Files.move(dir.resolve("away"), folderOfFirst);
      }
      await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(() -> assertThat(server.monitoring("/health/ready")).isEqualTo("ready\n"));
      assertThat(server.monitoring("/metrics"))
          .contains("nameplate_hsm_failbacks_total{token=\"first\"} 1.0");
      assertThat(asked(server, pump)).contains("pump: good", "OCSP in a pair");
    }
  }

  @Test
  void theKeysOfTheAuthoritiesMayBeBehindAJcaProvider() throws Exception {
    new SoftHsm(dir.resolve("token")).createToken("answers", Nameplate.random());
    certificatesBesideTheKeys();
    // SunPKCS11 never finalises a library: a copy, so as not to disturb the other tests here
    var library = dir.resolve("libcopy.so");
    Files.copy(HsmSettings.SOFTHSM.toRealPath(), library);
    Files.writeString(
        dir.resolve("sun.cfg"),
        "name = np%s\nlibrary = %s\nslot = %s\n"
            .formatted(
                Objects.requireNonNull(dir.getParent()).getFileName(),
                library,
                slotOf("nameplate")));
    settings(
        """
        tokens:
          - {label: answers, softhsm: token, keys: [ocsp]}
          - label: nameplate
            driver: jca
            provider: SunPKCS11
            provider_config: sun.cfg
            pin_file: token/nameplate.pin
        """);
    replace("ocsp: {", "ocsp: {keys: [ec-p384], ");
    try (var server = start()) {
      var pump = server.enrolled("pump-1");
      assertThat(asked(server, pump)).contains("pump: good", "ecdsa-with-SHA384");
      assertThat(server.monitoring("/health/ready")).isEqualTo("ready\n");

      // the next authority's key is made where keys can be made: in the first token
      assertThat(server.post("/issuers/issuing/rekey", "{}").status()).isEqualTo(201);
      assertThat(keysIn("answers")).anyMatch(label -> label.startsWith("issuing-"));
    }
  }

  // ---- what an operator does

  private RunningServer start() throws Exception {
    return RunningServer.in(dir, made);
  }

  private void settings(String tokens) throws IOException {
    replace(ONE, tokens.strip());
    assertThat(SettingsFile.check(dir)).isEmpty();
  }

  private void replace(String from, String to) throws IOException {
    var file = dir.resolve(SettingsFile.NAME);
    var text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  /// Makes an OCSP signer whose key is in both tokens, as a vendor's cloning would have put it.
  private void signerIn(HsmSettings first, HsmSettings second) throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var file = dir.resolve("cloned.pem");
    Files.writeString(file, key.toPem());
    for (var token : new HsmSettings[] {first, second}) {
      var _ =
          tool(
              "softhsm2-util",
              "--import",
              file.toString(),
              "--token",
              token.token(),
              "--label",
              "cloned",
              "--id",
              "0a0b",
              "--pin",
              pin(token.token()));
    }
    try (var core = Nameplate.core(SettingsFile.read(dir))) {
      core.authorities().refresh();
      var authority = core.authorities().withRole(LiveAuthorities.ISSUING);
      var certificate =
          core.own()
              .signedBy(authority)
              .issue(
                  ServiceOwners.ocsp("main", authority.id()),
                  ProfileFiles.defaults().get(ProfileFiles.OCSP_SIGNER),
                  DistinguishedName.ofCommonName("OCSP in a pair"),
                  key,
                  "test");
      var location = new KeyLocation("first", "cloned", "0a0b", key.publicKey().fingerprint());
      core.database()
          .issuers()
          .addOcspSigner(
              new OcspSignerRecord(authority.id(), "main", certificate, location),
              new AuditEvent.OcspSignerAdded(
                  authority.id(), "main", certificate.serial(), key.publicKey().fingerprint()));
    }
  }

  /// A JCA provider sees no others.
  private void certificatesBesideTheKeys() throws Exception {
    try (var core = Nameplate.core(SettingsFile.read(dir))) {
      for (var record : core.database().issuers().issuers()) {
        var location = record.keys().getFirst();
        var file = dir.resolve(location.label() + ".der");
        Files.write(file, record.certificate().orElseThrow().der().toByteArray());
        pkcs11Tool(
            "nameplate",
            "--write-object",
            file.toString(),
            "--type",
            "cert",
            "--label",
            location.label(),
            "--id",
            location.id());
      }
    }
  }

  private String asked(RunningServer server, Identity device) throws Exception {
    var authorities = Pem.decodeCertificates(Files.readString(made.trust()));
    Files.writeString(dir.resolve("issuing.pem"), pem(authorities.getLast()));
    Files.writeString(dir.resolve("pump"), pem(device.certificate()));
    return Tool.OPENSSL
        .run(
            dir,
            "ocsp",
            "-issuer",
            "issuing.pem",
            "-cert",
            "pump",
            "-url",
            server.nameplate.statusUrl() + "/ocsp",
            "-CAfile",
            made.trust().toString(),
            "-resp_text")
        .ok()
        .output();
  }

  private static String pem(Certificate certificate) {
    return Pem.encode("CERTIFICATE", certificate.der().toByteArray());
  }

  private Set<Path> tokens() throws IOException {
    try (var all = Files.list(dir.resolve("token/tokens"))) {
      return all.collect(Collectors.toSet());
    }
  }

  private Path added(Set<Path> before) throws IOException {
    var now = new HashSet<>(tokens());
    now.removeAll(before);
    return now.iterator().next();
  }

  private Set<String> keysIn(String token) throws Exception {
    return pkcs11Tool(token, "--list-objects", "--type", "privkey")
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith("label:"))
        .map(line -> line.substring("label:".length()).strip())
        .collect(Collectors.toSet());
  }

  private String slotOf(String label) throws Exception {
    var slots = tool("softhsm2-util", "--show-slots").split("(?m)^Slot ", -1);
    for (var slot : slots) {
      if (slot.matches("(?s).*Label: +" + label + " *\n.*")) {
        return slot.lines().findFirst().orElseThrow().strip();
      }
    }
    throw new AssertionError("no slot has the token " + label);
  }

  private String pkcs11Tool(String token, String... arguments) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                "pkcs11-tool",
                "--module",
                HsmSettings.SOFTHSM.toString(),
                "--token-label",
                token,
                "--login",
                "--pin",
                pin(token)));
    command.addAll(List.of(arguments));
    return tool(command.toArray(String[]::new));
  }

  /// In the environment of our tokens.
  private String tool(String... command) {
    var all = new ArrayList<String>();
    all.add("SOFTHSM2_CONF=" + dir.resolve("token/softhsm2.conf"));
    all.addAll(List.of(command));
    return new Tool("env", "softhsm2 opensc").run(dir, all.toArray(String[]::new)).ok().output();
  }

  private String pin(String token) throws IOException {
    return Files.readString(dir.resolve("token/" + token + ".pin")).strip();
  }
}
