package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// O22: programs that other people wrote understand our answers. They look at the real time, and so
/// does the site.
@Tag("O22")
class RealToolsTest {

  @TempDir private Path directory;
  private StatusSite site;

  @BeforeEach
  void openTheSite() throws Exception {
    site = StatusSite.open(InstantSource.system());
    var root = site.pki().root().certificate().orElseThrow();
    var issuing = site.pki().issuing().certificate().orElseThrow();
    pem("root.pem", root);
    pem("issuer.pem", issuing);
    pem("trust.pem", root, issuing);
  }

  @AfterEach
  void closeTheSite() throws Exception {
    site.close();
  }

  @ParameterizedTest
  @CsvSource({
    "sha1, -nonce", "sha1, -no_nonce",
    "sha256, -nonce", "sha256, -no_nonce",
    "sha384, -nonce", "sha512, -no_nonce"
  })
  void opensslSeesGoodAndRevokedAndUnknown(String hash, String nonce) throws Exception {
    var good = site.enrolled("pump-1");
    var revoked = site.enrolled("pump-2");
    site.revoke(revoked, RevocationReason.KEY_COMPROMISE);
    pem("good.pem", good);
    pem("revoked.pem", revoked);

    var result =
        openssl(
            "ocsp",
            "-" + hash,
            nonce,
            "-issuer",
            "issuer.pem",
            "-cert",
            "good.pem",
            "-cert",
            "revoked.pem",
            "-serial",
            "0x5EAF00D5",
            "-CAfile",
            "trust.pem",
            "-url",
            site.uri("/ocsp").toString());

    assertThat(result.exit()).isZero();
    assertThat(result.output())
        .contains("Response verify OK")
        .contains("good.pem: good")
        .containsPattern("revoked.pem: revoked[\\s\\S]*Reason: keyCompromise")
        .containsIgnoringCase("0x5EAF00D5: unknown")
        .doesNotContain("WARNING: no nonce in response", "Nonce Verify error");
  }

  @Test
  @Tag("O08")
  void opensslSeesAHoldAndItsRelease() throws Exception {
    var pump = site.enrolled("pump-1");
    pem("pump.pem", pump);

    site.revoke(pump, RevocationReason.CERTIFICATE_HOLD);
    assertThat(ocsp("-no_nonce", "-cert", "pump.pem").output())
        .contains("Response verify OK")
        .containsPattern("pump.pem: revoked[\\s\\S]*Reason: certificateHold");
    site.release(pump);
    assertThat(ocsp("-no_nonce", "-cert", "pump.pem").output())
        .contains("Response verify OK", "pump.pem: good");
  }

  @ParameterizedTest
  @EnumSource(names = {"EC_P384", "RSA_2048", "ED25519"})
  @Tag("O20")
  void opensslVerifiesTheAnswersOfEveryKindOfSigner(KeyType type) throws Exception {
    pem("pump.pem", site.enrolled("pump-1"));
    site.signWith(site.signerWith(type));

    assertThat(ocsp("-nonce", "-cert", "pump.pem").output())
        .contains("Response verify OK", "pump.pem: good");
  }

  @Test
  @Tag("O20")
  void opensslAndGnutlsVerifyAnswersThatAreSignedWithRsassaPss() throws Exception {
    pem("pump.pem", site.enrolled("pump-1"));
    var key = SoftwareSigningKey.generate(KeyType.RSA_3072).withPss();
    site.signWith(site.signerWith(key));

    assertThat(ocsp("-nonce", "-cert", "pump.pem", "-resp_text").output())
        .contains("Response verify OK", "pump.pem: good", "Signature Algorithm: rsassaPss")
        .contains("Hash Algorithm: sha256", "Mask Algorithm: mgf1 with sha256")
        .contains("Salt Length: 0x20");
    assertThat(gnutls("--no-nonce", "pump.pem"))
        .contains("Signature Algorithm: RSA-PSS-SHA256", "Certificate Status: good")
        .contains("Verifying OCSP Response: Success");
  }

  @Test
  @Tag("O20")
  void opensslGetsTheSignatureThatItPrefers() throws Exception {
    pem("pump.pem", site.enrolled("pump-1"));
    site.signWith(site.signer(), site.signerWith(KeyType.EC_P384));

    assertThat(ocsp("-no_nonce", "-cert", "pump.pem", "-resp_text").output())
        .contains("Signature Algorithm: ecdsa-with-SHA384");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--nonce", "--no-nonce"})
  void gnutlsSeesGoodAndRevokedAndHold(String nonce) throws Exception {
    var good = site.enrolled("pump-1");
    var revoked = site.enrolled("pump-2");
    var held = site.enrolled("pump-3");
    site.revoke(revoked, RevocationReason.KEY_COMPROMISE);
    site.revoke(held, RevocationReason.CERTIFICATE_HOLD);
    pem("good.pem", good);
    pem("revoked.pem", revoked);
    pem("held.pem", held);

    assertThat(gnutls(nonce, "good.pem"))
        .contains("Certificate Status: good")
        .contains("Verifying OCSP Response: Success");
    assertThat(gnutls(nonce, "revoked.pem"))
        .containsPattern("Certificate Status: revoked")
        .contains("Verifying OCSP Response: Success");
    assertThat(gnutls(nonce, "held.pem")).contains("Certificate Status: revoked");
  }

  private String gnutls(String nonce, String certificate) {
    return new Tool("ocsptool", "gnutls-bin")
        .run(
            directory,
            "--ask=" + site.uri("/ocsp"),
            nonce,
            "--load-cert=" + certificate,
            "--load-issuer=issuer.pem",
            "--load-trust=trust.pem",
            "--verbose")
        .output();
  }

  private Tool.Result ocsp(String... more) {
    var all =
        new ArrayList<>(
            List.of(
                "ocsp",
                "-issuer",
                "issuer.pem",
                "-CAfile",
                "trust.pem",
                "-url",
                site.uri("/ocsp").toString()));
    all.addAll(List.of(more));
    return openssl(all.toArray(String[]::new));
  }

  @Test
  void opensslSeesAForeignIssuerRefused() throws Exception {
    pem("pump.pem", site.enrolled("pump-1"));

    var result =
        openssl(
            "ocsp",
            "-issuer",
            "root.pem",
            "-cert",
            "pump.pem",
            "-CAfile",
            "trust.pem",
            "-url",
            site.uri("/ocsp").toString());

    assertThat(result.output()).contains("Responder Error: unauthorized (6)");
  }

  @Test
  void opensslVerifiesTheCrlAndRefusesWhatIsOnIt() throws Exception {
    var good = site.enrolled("pump-1");
    var revoked = site.enrolled("pump-2");
    site.revoke(revoked, RevocationReason.CESSATION_OF_OPERATION);
    site.publishCrl();
    pem("good.pem", good);
    pem("revoked.pem", revoked);
    var path = TestHierarchy.URLS.crl(site.pki().issuing().id(), CrlScope.END_ENTITIES).getPath();
    assertThat(curl("-o", "ee.crl", site.uri(path).toString()).output())
        .startsWith("200 application/pkix-crl");

    var shown =
        openssl(
            "crl",
            "-inform",
            "DER",
            "-in",
            "ee.crl",
            "-CAfile",
            "trust.pem",
            "-verify",
            "-text",
            "-out",
            "crl.pem");
    assertThat(shown.output()).contains("verify OK");

    var verified =
        openssl(
            "verify",
            "-x509_strict",
            "-crl_check",
            "-CAfile",
            "trust.pem",
            "-CRLfile",
            "crl.pem",
            "good.pem");
    assertThat(verified.output()).contains("good.pem: OK");
    assertThat(verified.exit()).isZero();
    var refused =
        openssl(
            "verify", "-crl_check", "-CAfile", "trust.pem", "-CRLfile", "crl.pem", "revoked.pem");
    assertThat(refused.exit()).isNotZero();
    assertThat(refused.output()).contains("certificate revoked");
  }

  @Test
  void opensslReadsTheIssuerFromItsAiaUrl() throws Exception {
    var path = TestHierarchy.URLS.certificate(site.pki().issuing().id()).getPath();

    assertThat(curl("-o", "issuer.cer", site.uri(path).toString()).output())
        .startsWith("200 application/pkix-cert");

    assertThat(openssl("verify", "-CAfile", "root.pem", "issuer.cer").output())
        .contains("issuer.cer: OK");
  }

  @ParameterizedTest
  @ValueSource(strings = {"as it is", "percent-encoded"})
  void curlGetsAnAnswerForARequestWithSlashesInItsBase64(String spelling) throws Exception {
    var pump = site.enrolled("pump-1");
    var base64 = base64WithTwoSlashes(pump);
    var encoded =
        spelling.equals("as it is")
            ? base64
            : base64.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D");

    var fetched = curl("--path-as-is", "-o", "answer", site.uri("/ocsp/" + encoded).toString());

    assertThat(fetched.output()).startsWith("200 application/ocsp-response");
    assertThat(openssl("ocsp", "-respin", "answer", "-CAfile", "trust.pem", "-resp_text").output())
        .contains("Cert Status: good", "Response verify OK");
  }

  /// A request whose nonce was chosen until its base64 had `//` inside.
  private String base64WithTwoSlashes(Certificate certificate) {
    var issuer = site.pki().issuing().issuer();
    return Stream.iterate(BigInteger.ONE, BigInteger::nextProbablePrime)
        .map(number -> Der.sha256(number.toByteArray()))
        .map(nonce -> Ask.about(issuer, certificate.serial().value()).nonce(nonce).der())
        .map(Base64.getEncoder()::encodeToString)
        .filter(base64 -> base64.contains("//") && base64.contains("+"))
        .findFirst()
        .orElseThrow();
  }

  private Tool.Result openssl(String... arguments) {
    return Tool.OPENSSL.run(directory, arguments);
  }

  private Tool.Result curl(String... arguments) {
    var all = new ArrayList<>(List.of("-sS", "-w", "%{http_code} %{content_type}"));
    all.addAll(List.of(arguments));
    return Tool.CURL.run(directory, all.toArray(String[]::new));
  }

  private void pem(String file, Certificate... certificates) throws Exception {
    var text = new StringBuilder();
    for (var certificate : certificates) {
      text.append("-----BEGIN CERTIFICATE-----\n")
          .append(
              Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                  .encodeToString(certificate.der().toByteArray()))
          .append("\n-----END CERTIFICATE-----\n");
    }
    Files.writeString(directory.resolve(file), text);
  }
}
