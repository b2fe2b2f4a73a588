package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.LiveAuthorities;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.ProfileFiles;
import dev.nameplate.server.SettingsFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A root whose key openssl has, and the server never: its CRLs are made by openssl, and brought.
@Tag("C13")
class OfflineRootCrlTest {

  private static final DistinguishedName NAME = DistinguishedName.of("Acme", "Acme Vault Root CA");

  private static Path folder;
  private static Path np;
  private static Nameplate server;
  private static IssuerId root;

  @BeforeAll
  static void start() throws Exception {
    Files.createDirectories(Path.of("target"));
    folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "offline-");
    np = folder.resolve("np");
    new Shell()
        .run(
            "init",
            "--dir",
            np.toString(),
            "--org",
            "Acme Devices",
            "--est-port=0",
            "--status-port=0",
            "--admin-port=0",
            "--metrics-port=0")
        .ok();
    openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out root.key".split(" ", -1));
    Files.writeString(
        folder.resolve("ca.cnf"),
        """
        [ca]
        default_ca = root
        [root]
        database = index.txt
        crlnumber = number
        certificate = root.pem
        private_key = root.key
        default_md = sha256
        default_crl_days = 30
        crl_extensions = crl
        [crl]
        authorityKeyIdentifier = keyid:always
        """);
    Files.writeString(folder.resolve("index.txt"), "");
    root = introduced(SoftwareKey.fromPem(Files.readString(folder.resolve("root.key"))));
    server = Nameplate.start(np);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void itsListsAreBroughtOverTheCommandLineAndOverHttpAndServedAsTheyAre() throws Exception {
    assertThat(ready()).contains("not ready: crl authorities: there is none yet (" + NAME + ")");

    var first = crl("0A");
    var brought = nameplate("crl", "import", first.toString(), "--issuer", root.hex()).ok();
    assertThat(brought.out()).containsPattern("number +10").contains("authorities");
    Awaitility.await().untilAsserted(() -> assertThat(served()).isEqualTo(der(first)));
    assertThat(ready()).isEqualTo("ready\n");

    var second = crl("0B");
    var answer = post(Files.readString(second));
    assertThat(answer).contains("\"status\":201", "\"number\":11", "\"scope\":\"authorities\"");
    Awaitility.await().untilAsserted(() -> assertThat(served()).isEqualTo(der(second)));

    var again = nameplate("crl", "import", first.toString(), "--issuer", root.hex());
    assertThat(again.exit()).isEqualTo(5);
    assertThat(again.err()).contains("it has the number 10 after 11");
    assertThat(served()).isEqualTo(der(second));
    assertThat(nameplate("audit", "show").ok().out()).contains("CrlImported");
    openssl(
        "verify", "-CAfile", "root.pem", "-CRLfile", second.toString(), "-crl_check", "root.pem");
  }

  /// Remembers the root as a ceremony elsewhere would have left it: known, its key not here.
  private static IssuerId introduced(SoftwareKey key) throws Exception {
    try (var core = Nameplate.core(SettingsFile.read(np))) {
      core.authorities().refresh();
      var issuers = core.database().issuers();
      var issuer = new Issuer(NAME, key.publicKey());
      var location =
          new KeyLocation("elsewhere", "vault-root", "01", key.publicKey().fingerprint());
      issuers.addIssuer(
          issuer,
          LiveAuthorities.ROOT,
          CrlScope.AUTHORITIES,
          location,
          new AuditEvent.IssuerAdded(
              issuer.id(),
              NAME.toString(),
              LiveAuthorities.ROOT,
              location.token(),
              location.id(),
              "test"));
      var certificate =
          core.own()
              .signedBy(new Authority(issuer, Optional.empty(), key, CrlScope.AUTHORITIES))
              .issue(
                  new Owner(OwnerKind.ISSUER, "vault"),
                  ProfileFiles.load(np.resolve(ProfileFiles.FOLDER)).get(ProfileFiles.ROOT_CA),
                  NAME,
                  key,
                  "test");
      issuers.addIssuerCertificate(issuer.id(), certificate);
      Files.writeString(folder.resolve("root.pem"), Pem.encode(List.of(certificate)));
      return issuer.id();
    }
  }

  private static Path crl(String number) throws Exception {
    Files.writeString(folder.resolve("number"), number + "\n");
    var file = folder.resolve("root-" + number + ".pem");
    openssl("ca", "-gencrl", "-config", "ca.cnf", "-out", file.toString());
    return file;
  }

  private static byte[] der(Path pem) throws Exception {
    return Pem.blocks(Files.readString(pem), "X509 CRL").getFirst();
  }

  private static byte[] served() throws Exception {
    var path = StatusUrls.crlPath(root, CrlScope.AUTHORITIES);
    return get(server.statusUrl().resolve(path), BodyHandlers.ofByteArray());
  }

  private static String ready() throws Exception {
    return get(server.metricsUrl().resolve("/health/ready"), BodyHandlers.ofString());
  }

  private static <T> T get(URI url, HttpResponse.BodyHandler<T> body) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(url).build(), body).body();
    }
  }

  /// The answer of the admin API, and `"status":` with its status.
  private static String post(String pem) throws Exception {
    Files.write(
        folder.resolve("import.json"), new ObjectMapper().writeValueAsBytes(Map.of("pem", pem)));
    return Tool.CURL
        .run(
            np,
            "--silent",
            "--show-error",
            "--cacert",
            "trust.pem",
            "--cert",
            "admin/first.pem",
            "--key",
            "admin/first.key",
            "--json",
            "@../import.json",
            "--write-out",
            "\"status\":%{http_code}",
            server.adminUrl() + "/api/v1/crls/" + root.hex() + "/import")
        .ok()
        .out();
  }

  private static Shell.Result nameplate(String... arguments) {
    return new Shell().with("NAMEPLATE_DIR", np.toString()).run(arguments);
  }

  private static void openssl(String... arguments) {
    var _ = Tool.OPENSSL.run(folder, arguments).ok();
  }
}
