package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/// The programs of others: curl with openssl, and strongSwan's `pki`.
final class RealClientsTest {

  private static final String PKCS10 = "Content-Type: application/pkcs10";

  @TempDir private Path folder;

  private final EstFixture est = EstFixture.start();
  private final FakeDevice pump = FakeDevice.fresh("pump-0017");
  private final IssuedSecret secret = est.register("pump-0017");

  @BeforeEach
  void files() throws Exception {
    Pems.write(folder, est, pump);
  }

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  void curlFetchesTheAuthoritiesAndOpensslReadsThem() throws Exception {
    curl("cacerts.b64", "cacerts");

    assertThat(printed("cacerts.b64")).containsExactlyInAnyOrder(est.root, est.issuing);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void curlEnrollsWithASecretAndRenewsWithTheCertificate(String tls) throws Exception {
    Files.write(folder.resolve("csr.b64"), Requests.wrapped(pump.csr()));
    curl(
        "enrolled.b64",
        "simpleenroll",
        "--tlsv" + tls,
        "--tls-max",
        tls,
        "-u",
        "pump-0017:" + secret.text(),
        "-H",
        PKCS10,
        "--data-binary",
        "@csr.b64");
    pump.install(printed("enrolled.b64").getFirst());
    Pems.write(folder, est, pump);
    verify("device.pem");

    var rekeyed = pump.rekeyed();
    Files.write(folder.resolve("renewal.b64"), Requests.wrapped(rekeyed.csr()));
    curl(
        "renewed.b64",
        "simplereenroll",
        "--tlsv" + tls,
        "--tls-max",
        tls,
        "--cert",
        "device.pem",
        "--key",
        "device.key",
        "-H",
        PKCS10,
        "--data-binary",
        "@renewal.b64");

    var renewed = printed("renewed.b64").getFirst();
    assertThat(renewed.publicKey()).isEqualTo(rekeyed.key().publicKey());
    Files.writeString(folder.resolve("renewed.pem"), Pem.encode(renewed));
    verify("renewed.pem");
  }

  @Test
  @Tag("S6")
  void curlEnrollsWithDigest() throws Exception {
    var valve = est.register("valve", TestProfiles.DIGEST);
    var device = FakeDevice.fresh("valve");
    Files.write(folder.resolve("csr.b64"), Requests.wrapped(device.csr()));
    curl(
        "enrolled.b64",
        "digest/simpleenroll",
        "--digest",
        "-u",
        "valve:" + valve.text(),
        "-H",
        PKCS10,
        "--data-binary",
        "@csr.b64");

    assertThat(printed("enrolled.b64").getFirst().publicKey()).isEqualTo(device.key().publicKey());
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.INCLUDE,
      names = {"RSA_2048", "EC_P384", "ED25519"})
  void opensslVerifiesWhatEveryKindOfKeyGets(KeyType type) throws Exception {
    var device = FakeDevice.with("valve", SoftwareKey.generate(type));
    var valve = est.register("valve");
    try (var client = EstClient.anonymous(est)) {
      device.install(client.enroll(device, valve));
    }
    Pems.write(folder, est, device);

    verify("device.pem");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void strongswanFetchesEnrollsAndRenews(String tls) throws Exception {
    Files.writeString(
        folder.resolve("strongswan.conf"), "libtls {\n  version_max = " + tls + "\n}\n");

    Tool.PKI
        .run(
            folder,
            "--estca",
            "--url",
            url(),
            "--cacert",
            "root.pem",
            "--caout",
            "ca.pem",
            "--outform",
            "pem",
            "--force")
        .ok();
    // it writes one file for each authority
    assertThat(Pem.decodeCertificates(Files.readString(folder.resolve("ca.pem"))))
        .containsAnyOf(est.root, est.issuing);

    var enrolled =
        Tool.PKI
            .run(
                folder,
                "--est",
                "--url",
                url(),
                "--in",
                "device.csr",
                "--cacert",
                "root.pem",
                "--cacert",
                "issuing.pem",
                "--userpass",
                "pump-0017:" + secret.text(),
                "--outform",
                "pem")
            .ok();
    pump.install(Pem.decodeCertificates(enrolled.out()).getFirst());
    Pems.write(folder, est, pump);
    verify("device.pem");

    var rekeyed = pump.rekeyed();
    Files.writeString(
        folder.resolve("renewal.csr"), Pem.encode("CERTIFICATE REQUEST", rekeyed.csr()));
    var renewed =
        Tool.PKI
            .run(
                folder,
                "--est",
                "--url",
                url(),
                "--in",
                "renewal.csr",
                "--cacert",
                "root.pem",
                "--cacert",
                "issuing.pem",
                "--cert",
                "device.pem",
                "--key",
                "device.key",
                "--outform",
                "pem")
            .ok();
    rekeyed.install(Pem.decodeCertificates(renewed.out()).getFirst());
    assertThat(rekeyed.certificate().publicKey()).isEqualTo(rekeyed.key().publicKey());
    Files.writeString(folder.resolve("renewed.pem"), Pem.encode(rekeyed.certificate()));
    verify("renewed.pem");
  }

  @Test
  void strongswanIsToldThatItsSecretIsWrong() throws Exception {
    var answer =
        Tool.PKI.run(
            folder,
            "--est",
            "--url",
            url(),
            "--in",
            "device.csr",
            "--cacert",
            "root.pem",
            "--cacert",
            "issuing.pem",
            "--userpass",
            "pump-0017:wrong",
            "--outform",
            "pem");

    assertThat(answer.exit()).isNotZero();
    assertThat(answer.err()).contains("401");
  }

  private String url() {
    return "https://localhost:" + est.port();
  }

  private void curl(String out, String operation, String... arguments) throws Exception {
    var all =
        new ArrayList<>(List.of("-sS", "-f", "--noproxy", "*", "--cacert", "root.pem", "-o", out));
    all.addAll(List.of(arguments));
    all.add(url() + EstClient.EST + operation);
    Tool.CURL.run(folder, all.toArray(String[]::new)).ok();
  }

  /// What `base64 -d | openssl pkcs7 -print_certs` makes of an answer.
  private List<Certificate> printed(String answer) throws Exception {
    var text = Files.readString(folder.resolve(answer), US_ASCII);
    Files.write(folder.resolve("certs.p7"), Base64.getMimeDecoder().decode(text));
    return Pem.decodeCertificates(
        Tool.OPENSSL
            .run(folder, "pkcs7", "-inform", "DER", "-in", "certs.p7", "-print_certs")
            .ok()
            .out());
  }

  private void verify(String certificate) throws Exception {
    var verified =
        Tool.OPENSSL
            .run(
                folder,
                "verify",
                "-x509_strict",
                "-purpose",
                "sslclient",
                "-CAfile",
                "root.pem",
                "-untrusted",
                "issuing.pem",
                certificate)
            .ok();
    assertThat(verified.out()).isEqualTo(certificate + ": OK\n");
  }
}
