package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Signers of OCSP answers with keys of several kinds in one token, whose RSA keys sign RSASSA-PSS,
/// as openssl and GnuTLS see them.
@Tag("O20")
class OcspSignerKindsTest {

  private static final Tool OCSPTOOL = new Tool("ocsptool", "gnutls-bin");

  private static Path files = Path.of("");
  private static @Nullable RunningServer server;
  private static @Nullable Certificate issuing;
  private static @Nullable Certificate pump;

  @BeforeAll
  static void start() throws Exception {
    var running =
        RunningServer.start(settings ->
            settings
                .replace("ocsp: {", "ocsp: {keys: [ed25519, rsa-2048, ec-p384], ")
                .replace("token: {", "token: {rsa_signatures: pss, "));
    server = running;
    files = Files.createDirectories(running.dir.resolveSibling("files"));
    Files.copy(running.made.trust(), files.resolve("trust.pem"));
    issuing = Pem.decodeCertificates(Files.readString(running.made.trust())).getLast();
    pump = running.enrolled("pump-1").certificate();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void whoPrefersNothingGetsTheFirstKind() throws Exception {
    assertThat(openssl()).contains("Signature Algorithm: ED25519");
    assertThat(gnutls()).contains("Signature Algorithm: EdDSA-Ed25519");
  }

  @Test
  void whoPrefersPssGetsPssWithTheParametersThatItSays() throws Exception {
    assertThat(openssl(SignatureAlgorithm.RSASSA_PSS_SHA256))
        .contains("Signature Algorithm: rsassaPss")
        .contains("Hash Algorithm: sha256", "Mask Algorithm: mgf1 with sha256")
        .contains("Salt Length: 0x20");
    assertThat(gnutls()).contains("Signature Algorithm: RSA-PSS-SHA256");
  }

  @Test
  void whoPrefersWhatNobodySignsGetsTheNextWishAndElseTheFirstKind() throws Exception {
    assertThat(openssl(SignatureAlgorithm.SHA256_WITH_RSA, SignatureAlgorithm.ECDSA_WITH_SHA384))
        .contains("Signature Algorithm: ecdsa-with-SHA384");
    assertThat(gnutls()).contains("Signature Algorithm: ECDSA-SHA384");

    assertThat(openssl(SignatureAlgorithm.SHA256_WITH_RSA))
        .contains("Signature Algorithm: ED25519");
  }

  /// What openssl says of the answer to this request, which it verifies; it is kept for GnuTLS.
  private static String openssl(SignatureAlgorithm... preferred) throws Exception {
    Files.write(files.resolve("request.der"), request(preferred));
    var said =
        Tool.OPENSSL
            .run(
                files,
                "ocsp",
                "-reqin",
                "request.der",
                "-url",
                running().nameplate.statusUrl() + "/ocsp",
                "-CAfile",
                "trust.pem",
                "-resp_text",
                "-respout",
                "answer.der")
            .ok()
            .output();
    assertThat(said).contains("Response verify OK", "Cert Status: good");
    return said;
  }

  /// What GnuTLS says of the last answer, which it verifies.
  private static String gnutls() {
    var said =
        OCSPTOOL
            .run(
                files,
                "--verify-response",
                "--load-response",
                "answer.der",
                "--load-trust",
                "trust.pem")
            .ok()
            .output();
    assertThat(said).contains("Verifying OCSP Response: Success", "Certificate Status: good");
    return said;
  }

  private static byte[] request(SignatureAlgorithm... preferred) throws Exception {
    var issuer = known(issuing);
    var id =
        new CertID(
            new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256),
            new DEROctetString(issuer.subject().der().sha256()),
            new DEROctetString(Der.sha256(issuer.publicKey().keyBits())),
            new ASN1Integer(known(pump).serial().value()));
    var wishes =
        Arrays.stream(preferred)
            .map(algorithm -> new DERSequence(algorithm.identifier()))
            .toArray(ASN1Encodable[]::new);
    var wish =
        new Extension(
            OCSPObjectIdentifiers.id_pkix_ocsp_pref_sig_algs,
            false,
            new DERSequence(wishes).getEncoded());
    var tbs =
        new TBSRequest(
            null,
            new DERSequence(new Request(id, null)),
            wishes.length == 0 ? null : new Extensions(wish));
    return new OCSPRequest(tbs, null).getEncoded("DER");
  }

  private static RunningServer running() {
    return known(server);
  }

  private static <T> T known(@Nullable T made) {
    if (made == null) {
      throw new IllegalStateException("not started");
    }
    return made;
  }
}
