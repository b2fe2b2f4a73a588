package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.est.CertsOnly;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// New authorities, new keys for them, and a new root, on a whole server; openssl judges every path
/// by what `/cacerts` answered.
class AuthoritiesTest {

  private RunningServer server;

  @BeforeEach
  void start() throws Exception {
    server = RunningServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  @Tag("C1")
  @Tag("C4")
  void cacertsHoldsTheRootAndTheIssuingAuthorityEachOnce() throws Exception {
    assertThat(cacerts(""))
        .extracting(this::commonName)
        .containsExactlyInAnyOrder("Acme Devices Root CA", "Acme Devices Issuing CA 1");
    assertThat(cacerts("device/")).isEqualTo(cacerts(""));
  }

  @Test
  @Tag("C2")
  @Tag("C4")
  void anAnnouncedRootIsLearntInAdvanceAndActivatedLater() throws Exception {
    var old = server.enrolled("old-pump").certificate();
    var oldRoot =
        cacerts("").stream().filter(AuthoritiesTest::isSelfIssued).findFirst().orElseThrow();
    var oldIssuing = only(cacerts(""), "Acme Devices Issuing CA 1");

    waitForTheNextSecond();
    var announced = server.post("/issuers/root/rollover", "{}");
    assertThat(announced.status()).as(announced.body().toString()).isEqualTo(200);
    assertThat(announced.body().at("/issuer/state").asText()).isEqualTo("announced");
    assertThat(server.post("/issuers/root/rollover", "{}").body().get("already").asBoolean())
        .isTrue();

    // OldWithOld, NewWithNew, OldWithNew, NewWithOld, and the issuing authority
    var bundle = cacerts("");
    assertThat(bundle).hasSize(5).doesNotHaveDuplicates().contains(oldRoot, oldIssuing);
    var roots = bundle.stream().filter(AuthoritiesTest::isSelfIssued).toList();
    assertThat(roots).hasSize(4);
    var newRoot =
        roots.stream()
            .filter(root -> root.isSignedBy(root.publicKey()) && !root.equals(oldRoot))
            .findFirst()
            .orElseThrow();
    var oldWithNew = cross(roots, oldRoot, newRoot);
    var newWithOld = cross(roots, newRoot, oldRoot);
    assertThat(roots)
        .filteredOn(root -> !root.equals(newRoot))
        .allSatisfy(root -> assertThat(root.notAfter()).isBefore(newRoot.notAfter()));
    assertThat(oldWithNew.notAfter()).isEqualTo(oldRoot.notAfter());

    // whoever trusts the old one alone, whoever trusts the new one alone, whoever trusts both
    verify(old, List.of(oldRoot), bundle);
    verify(old, List.of(newRoot), bundle);
    verify(old, List.of(newRoot), List.of(oldIssuing, oldWithNew));
    verify(newWithOld, List.of(oldRoot), List.of(oldIssuing));
    // it signs nothing for others yet, and what our listeners send is as it was
    var meanwhile = server.enrolled("pump-in-between").certificate();
    verify(meanwhile, List.of(oldRoot), List.of(oldIssuing));
    assertThat(tlsChain()).hasSize(2);

    server = server.restarted();
    assertThat(cacerts("")).containsExactlyInAnyOrderElementsOf(bundle);

    var activated = server.post("/issuers/root/rollover", "{\"activate\":true}");
    assertThat(activated.body().at("/issuer/state").asText()).isEqualTo("active");
    assertThat(
            server
                .post("/issuers/root/rollover", "{\"activate\":true}")
                .body()
                .get("already")
                .asBoolean())
        .isTrue();
    var after = cacerts("");
    assertThat(after).hasSize(6).doesNotHaveDuplicates().containsAll(bundle);
    var newIssuing =
        after.stream()
            .filter(certificate -> !bundle.contains(certificate))
            .findFirst()
            .orElseThrow();
    assertThat(newIssuing.publicKey()).isEqualTo(oldIssuing.publicKey());

    server = server.restarted();
    assertThat(cacerts("")).containsExactlyInAnyOrderElementsOf(after);
    var fresh = server.enrolled("new-pump").certificate();
    for (var trusted : List.of(oldRoot, newRoot)) {
      verify(old, List.of(trusted), after);
      verify(fresh, List.of(trusted), after);
      // our own listeners, with nothing but what they send
      verify(tlsChain().getFirst(), List.of(trusted), tlsChain());
    }
    verify(fresh, List.of(oldRoot), List.of(newIssuing, newWithOld));
    // what an offline device trusts has not changed
    verify(old, List.of(oldRoot), List.of(oldIssuing));
    verify(fresh, List.of(oldRoot), List.of(oldIssuing));

    // status, for both roots
    verifyWithCrls(fresh, List.of(oldRoot), List.of(newIssuing, newWithOld));
    verifyWithCrls(fresh, List.of(newRoot), List.of(newIssuing));
    verifyWithCrls(old, List.of(newRoot), List.of(oldIssuing, oldWithNew));
    for (var trusted : List.of(oldRoot, newRoot)) {
      assertThat(ocsp(old, newIssuing, trusted, after)).contains("old.pem: good");
    }
    assertThat(server.post("/audit/verify", "").body().get("intact").asBoolean()).isTrue();
    assertThat(server.get("/audit?limit=200").body().get("items").valueStream().toList())
        .filteredOn(row -> row.get("kind").asText().equals("IssuerActivated"))
        .anySatisfy(row ->
            assertThat(row.get("payload").asText()).contains("\"root\"").contains("admin:first"));
  }

  @Test
  @Tag("C2")
  void aRootThatWasAnnouncedByHalfIsNotActivatedButFinishedFirst() throws Exception {
    waitForTheNextSecond();
    assertThat(server.post("/issuers/root/rollover", "{}").status()).isEqualTo(200);
    server.close();
    // the last step: what those need who trust only the old root
    var database = "jdbc:h2:file:" + server.dir.resolve("data/nameplate");
    try (var connection = DriverManager.getConnection(database, "nameplate", "");
        var statement = connection.createStatement()) {
      assertThat(
              statement.executeUpdate(
                  "DELETE FROM issuer_certificate"
                      + " WHERE position = (SELECT MAX(position) FROM issuer_certificate)"))
          .isOne();
    }
    server = server.restarted();

    assertThat(refusal("/issuers/root/rollover", "{\"activate\":true}"))
        .isEqualTo("409 not_announced");
    var finished = server.post("/issuers/root/rollover", "{}");
    assertThat(finished.body().get("already").asBoolean()).isFalse();
    assertThat(cacerts("")).hasSize(5);
    assertThat(
            server
                .post("/issuers/root/rollover", "{\"activate\":true}")
                .body()
                .at("/issuer/state")
                .asText())
        .isEqualTo("active");
  }

  @Test
  @Tag("C3")
  void aReKeyedAuthorityStaysInCacertsUntilItsLastCertificateHasExpired() throws Exception {
    var old = server.enrolled("old-pump");
    var before = cacerts("");
    var oldIssuing = only(before, "Acme Devices Issuing CA 1");
    var root = only(before, "Acme Devices Root CA");

    var made = server.post("/issuers/issuing/rekey", "{}");
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    assertThat(made.body().at("/issuer/state").asText()).isEqualTo("active");
    assertThat(made.body().at("/issuer/name").asText()).contains("Acme Devices Issuing CA 2");

    var both = cacerts("");
    var newIssuing = only(both, "Acme Devices Issuing CA 2");
    assertThat(both).containsExactlyInAnyOrder(root, oldIssuing, newIssuing);
    var fresh = server.enrolled("new-pump").certificate();
    verify(fresh, List.of(root), List.of(newIssuing));
    verify(old.certificate(), List.of(root), List.of(oldIssuing));
    verifyWithCrls(old.certificate(), List.of(root), List.of(oldIssuing));
    verifyWithCrls(fresh, List.of(root), List.of(newIssuing));
    assertThat(ocsp(old.certificate(), oldIssuing, root, both)).contains("old.pem: good");
    assertThat(ocsp(fresh, newIssuing, root, both)).contains("old.pem: good");
    assertThat(server.monitoring("/health/ready")).isEqualTo("ready\n");
    // a certificate of the old one still opens the door to the new one
    var renewed =
        server.enroll(
            Optional.of(old), "old-pump", Optional.empty(), SoftwareKey.generate(KeyType.EC_P256));
    assertThat(renewed.statusCode()).isEqualTo(200);
    var again = CertsOnly.decode(Base64.getMimeDecoder().decode(renewed.body()));
    verify(again.getFirst(), List.of(root), List.of(newIssuing));

    server = server.restarted();
    assertThat(cacerts("")).containsExactlyInAnyOrderElementsOf(both);
    assertThat(ocsp(old.certificate(), oldIssuing, root, both)).contains("old.pem: good");

    // the TLS certificate of the old one lives longest: 397 days
    server = server.restarted(InstantSource.offset(InstantSource.system(), Duration.ofDays(399)));
    assertThat(cacerts("")).containsExactlyInAnyOrder(root, newIssuing);
  }

  @Test
  void anAuthorityMayHaveAnyKeyThatTheTokenMakes() throws Exception {
    var types = List.of("ec-p521", "ed25519", "rsa-2048");
    var profile = Files.readString(server.dir.resolve("profiles/device.yaml"));
    for (var type : types) {
      var made = server.post("/issuers", "{\"role\":\"%1$s\",\"key\":\"%1$s\"}".formatted(type));
      assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
      assertThat(made.body().at("/issuer/key").asText()).isEqualTo(type);
      Files.writeString(
          server.dir.resolve("profiles/for-" + type + ".yaml"),
          profile.replace("name: device", "name: for-" + type) + "issuer: " + type + "\n");
    }
    server = server.restarted();

    for (var type : types) {
      var bundle = cacerts("for-" + type + "/");
      var root = only(bundle, "Acme Devices Root CA");
      var authority = bundle.stream().filter(each -> !each.equals(root)).findFirst().orElseThrow();
      assertThat(authority.publicKey().type().text()).isEqualTo(type);
      var registered =
          server.post("/devices", "{\"id\":\"d-%1$s\",\"profile\":\"for-%1$s\"}".formatted(type));
      var answer =
          server.enroll(
              "for-" + type + "/simpleenroll",
              Optional.empty(),
              "d-" + type,
              Optional.of(registered.body().at("/secret/text").asText()),
              SoftwareKey.generate(KeyType.EC_P256));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      var issued = CertsOnly.decode(Base64.getMimeDecoder().decode(answer.body())).getFirst();
      verifyWithCrls(issued, List.of(root), List.of(authority));
    }
  }

  @Test
  @Tag("U2")
  @Tag("C1")
  void aLabelHasTheAuthorityThatItsProfileNames() throws Exception {
    var made =
        server.post(
            "/issuers", "{\"role\":\"sensors\",\"title\":\"Acme Sensors CA\",\"key\":\"ec-p384\"}");
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    assertThat(made.body().at("/issuer/key").asText()).isEqualTo("ec-p384");
    assertThat(server.post("/issuers", "{\"role\":\"sensors\"}").body().get("code").asText())
        .isEqualTo("role_taken");
    assertThat(
            server
                .post("/issuers", "{\"role\":\"other\",\"title\":\"Acme Sensors CA\"}")
                .body()
                .get("code")
                .asText())
        .isEqualTo("name_taken");
    assertThat(cacerts("device/")).hasSize(2);

    var profile = Files.readString(server.dir.resolve("profiles/device.yaml"));
    Files.writeString(
        server.dir.resolve("profiles/sensor.yaml"),
        profile.replace("name: device", "name: sensor") + "issuer: sensors\n");
    server = server.restarted();

    var device = cacerts("device/");
    var sensor = cacerts("sensor/");
    assertThat(device)
        .extracting(this::commonName)
        .containsExactlyInAnyOrder("Acme Devices Root CA", "Acme Devices Issuing CA 1");
    assertThat(sensor)
        .extracting(this::commonName)
        .containsExactlyInAnyOrder("Acme Devices Root CA", "Acme Sensors CA");
    var registered = server.post("/devices", "{\"id\":\"s-1\",\"profile\":\"sensor\"}").body();
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var answer =
        server.enroll(
            "sensor/simpleenroll",
            Optional.empty(),
            "s-1",
            Optional.of(registered.at("/secret/text").asText()),
            key);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var issued = CertsOnly.decode(Base64.getMimeDecoder().decode(answer.body())).getFirst();
    var sensors = only(sensor, "Acme Sensors CA");
    verify(issued, List.of(only(sensor, "Acme Devices Root CA")), List.of(sensors));
    assertThat(ocsp(issued, sensors, only(sensor, "Acme Devices Root CA"), sensor))
        .contains("old.pem: good");
    assertThat(server.get("/issuers").body().get("items").valueStream().toList())
        .extracting(each -> each.get("role").asText())
        .containsExactly("root", "issuing", "sensors");
  }

  @Test
  @Tag("U2")
  void aProfileWhoseIssuerDoesNotExistStopsTheStartAndSaysWhatToDo() throws Exception {
    var profile = Files.readString(server.dir.resolve("profiles/device.yaml"));
    Files.writeString(
        server.dir.resolve("profiles/sensor.yaml"),
        profile.replace("name: device", "name: sensor") + "issuer: sensors\n");
    server.close();

    assertThatThrownBy(() -> Nameplate.start(server.dir))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("profile sensor names the issuer 'sensors'")
        .hasMessageContaining("only issuing, root")
        .hasMessageContaining("nameplate issuer add sensors");
  }

  @Test
  void whatCannotBeDoneIsRefusedWithTheReason() throws Exception {
    assertThat(refusal("/issuers/root/rekey", "{}")).isEqualTo("409 is_root");
    assertThat(refusal("/issuers/nobody/rekey", "{}")).isEqualTo("404 not_found");
    assertThat(refusal("/issuers/issuing/rollover", "{}")).isEqualTo("409 not_root");
    assertThat(refusal("/issuers/root/rollover", "{\"activate\":true}"))
        .isEqualTo("409 not_announced");
    assertThat(refusal("/issuers", "{}")).isEqualTo("400 invalid_request");
    assertThat(refusal("/issuers", "{\"role\":\"A b\"}")).isEqualTo("409 invalid_role");
    assertThat(refusal("/issuers", "{\"role\":\"x\",\"key\":\"rot13\"}"))
        .isEqualTo("400 invalid_request");
    assertThat(refusal("/issuers", "{\"role\":\"x\",\"title\":\"a\\u0007b\"}"))
        .isEqualTo("409 invalid_name");
    assertThat(server.get("/issuers").body().get("items")).hasSize(2);
    var device = server.enrolled("pump-1");
    assertThat(server.ask(device, "POST", "/issuers/root/rollover", "{}").status()).isEqualTo(403);
  }

  /// A new root has to end after the old one, if only by a second.
  private static void waitForTheNextSecond() {
    var second = InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS);
    Awaitility.await().until(() -> InstantSource.system().instant().isAfter(second.plusSeconds(1)));
  }

  private String refusal(String path, String body) throws Exception {
    var answer = server.post(path, body);
    JsonNode code = answer.body().get("code");
    return answer.status() + " " + (code == null ? answer.body() : code.asText());
  }

  /// As `openssl pkcs7` reads the answer.
  private List<Certificate> cacerts(String label) throws Exception {
    // by curl, which can be told not to mind a server from another time
    var uri = server.nameplate.estUrl() + "/.well-known/est/" + label + "cacerts";
    var answer = Tool.CURL.run(server.dir, "-s", "-f", "-k", uri);
    assertThat(answer.exit()).as(answer.output()).isZero();
    var der = server.dir.resolve("cacerts.p7");
    Files.write(der, Base64.getMimeDecoder().decode(answer.output()));
    var printed = openssl("pkcs7", "-inform", "DER", "-in", der.toString(), "-print_certs");
    var certificates = Pem.decodeCertificates(printed);
    assertThat(certificates).doesNotHaveDuplicates();
    // DER: the SET OF is sorted by the bytes of its elements
    assertThat(certificates)
        .isSortedAccordingTo((one, other) ->
            Arrays.compareUnsigned(one.der().toByteArray(), other.der().toByteArray()));
    return certificates;
  }

  private String commonName(Certificate certificate) {
    return certificate.subject().commonName().orElseThrow();
  }

  private Certificate only(List<Certificate> bundle, String commonName) {
    return bundle.stream()
        .filter(certificate -> commonName(certificate).equals(commonName))
        .reduce((_, _) -> {
          throw new AssertionError("more than one " + commonName);
        })
        .orElseThrow();
  }

  private static boolean isSelfIssued(Certificate certificate) {
    return certificate.subject().equals(certificate.issuer());
  }

  private static Certificate cross(
      List<Certificate> roots, Certificate subject, Certificate signer) {
    return roots.stream()
        .filter(root -> root.publicKey().equals(subject.publicKey()))
        .filter(root -> root.isSignedBy(signer.publicKey()))
        .findFirst()
        .orElseThrow();
  }

  private List<Certificate> tlsChain() throws Exception {
    return Pem.decodeCertificates(Files.readString(server.dir.resolve("tls/server.pem")));
  }

  /// Of `others`, what may be a link of a path: openssl takes the first issuer that fits, never
  /// goes back, and would get stuck at a self-signed one that is not trusted.
  private String links(List<Certificate> others) throws Exception {
    return file(
        "untrusted.pem",
        others.stream().filter(each -> !each.isSignedBy(each.publicKey())).toList());
  }

  private void verify(Certificate target, List<Certificate> trusted, List<Certificate> others)
      throws Exception {
    var printed =
        openssl(
            "verify",
            "-x509_strict",
            "-no-CApath",
            "-no-CAstore",
            "-CAfile",
            file("trusted.pem", trusted),
            "-untrusted",
            links(others),
            file("old.pem", List.of(target)));
    assertThat(printed).contains("old.pem: OK");
  }

  /// With the CRL that every certificate on the path names.
  private void verifyWithCrls(
      Certificate target, List<Certificate> trusted, List<Certificate> others) throws Exception {
    var crls = new StringBuilder();
    for (var issuer : server.get("/issuers").body().get("items")) {
      var path = URI.create(issuer.get("crl_url").asText()).getPath();
      var der = server.dir.resolve("crl.der");
      Files.write(der, server.status(path));
      crls.append(openssl("crl", "-inform", "DER", "-in", der.toString()));
    }
    var file = Files.writeString(server.dir.resolve("crls.pem"), crls);
    var printed =
        openssl(
            "verify",
            "-x509_strict",
            "-crl_check_all",
            "-no-CApath",
            "-no-CAstore",
            "-CRLfile",
            file.toString(),
            "-CAfile",
            file("trusted.pem", trusted),
            "-untrusted",
            links(others),
            file("old.pem", List.of(target)));
    assertThat(printed).contains("old.pem: OK");
  }

  private String ocsp(
      Certificate target, Certificate issuer, Certificate trusted, List<Certificate> others)
      throws Exception {
    var printed =
        openssl(
            "ocsp",
            "-issuer",
            file("issuer.pem", List.of(issuer)),
            "-cert",
            file("old.pem", List.of(target)),
            "-url",
            server.made.statusUrl() + "/ocsp",
            "-no-CApath",
            "-no-CAstore",
            "-CAfile",
            file("trusted.pem", List.of(trusted)),
            "-verify_other",
            links(others));
    assertThat(printed).contains("Response verify OK");
    return printed;
  }

  private String file(String name, List<Certificate> certificates) throws Exception {
    return Files.writeString(server.dir.resolve(name), Pem.encode(certificates)).toString();
  }

  private String openssl(String... arguments) throws Exception {
    Path folder = server.dir;
    var result = Tool.OPENSSL.run(folder, arguments);
    assertThat(result.exit()).as(result.output()).isZero();
    return result.output();
  }
}
