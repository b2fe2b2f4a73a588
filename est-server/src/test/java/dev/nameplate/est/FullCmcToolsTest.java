package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;
import org.bouncycastle.asn1.cmc.CMCFailInfo;
import org.bouncycastle.asn1.cmc.CMCStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A station that is made of openssl and curl: what it sends is built, signed, carried and read by
/// programs of others.
@Tag("F1")
final class FullCmcToolsTest {

  @TempDir private Path folder;

  private final EstFixture est = EstFixture.start();

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  void aStationOfOpensslAndCurlEnrollsADeviceAndRevokesIt() throws Exception {
    var line = est.station("line-1", TestProfiles.STATION, Set.of("found"));
    Pems.write(folder, est, line);

    // the key and the request are openssl's
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "valve.key");
    openssl(
        "req",
        "-new",
        "-key",
        "valve.key",
        "-subj",
        "/CN=valve-7",
        "-outform",
        "DER",
        "-out",
        "valve.csr");
    Files.write(
        folder.resolve("enroll.der"),
        FullPkiRequests.certify(Files.readAllBytes(folder.resolve("valve.csr"))));
    sign("enroll.der");
    assertThat(sent("found/fullcmc", 200)).isEqualTo(FullPkiRequests.CERTS_ONLY);
    Files.write(folder.resolve("answer.p7"), answer());
    var issued =
        Pem.decodeCertificates(
            openssl("pkcs7", "-inform", "DER", "-in", "answer.p7", "-print_certs"));
    assertThat(issued).singleElement().extracting(Object::toString).asString().contains("valve-7");
    var valve = issued.getFirst();
    assertThat(est.store.status(est.issuer(), valve.serial()))
        .isInstanceOf(CertificateStatus.Good.class);

    // and so is every octet of the revocation
    Files.writeString(folder.resolve("revoke.conf"), revocation(valve));
    openssl("asn1parse", "-genconf", "revoke.conf", "-noout", "-out", "revoke.der");
    sign("revoke.der");
    assertThat(sent("found/fullcmc", 200)).isEqualTo(FullPkiRequests.CMC_RESPONSE);
    Files.write(folder.resolve("answer.p7"), answer());
    assertThat(openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in", "answer.p7"))
        .contains("id-cct-PKIResponse")
        .containsPattern("signerInfos:\\s+<(EMPTY|ABSENT)>");
    var said = FullPkiRequests.said(answer());
    assertThat(said.status()).isEqualTo(CMCStatus.success);
    assertThat(said.part()).isEqualTo(2);
    assertThat(said.transactionId()).contains(BigInteger.valueOf(4711));
    assertThat(est.store.status(est.issuer(), valve.serial()))
        .isInstanceOfSatisfying(
            CertificateStatus.Revoked.class,
            revoked -> assertThat(revoked.reason()).isEqualTo(RevocationReason.SUPERSEDED));
  }

  @Test
  void whatWasTamperedWithAfterOpensslSignedItIsRefused() throws Exception {
    var pump = est.enrolled("pump-0017");
    Pems.write(folder, est, pump);
    Files.writeString(folder.resolve("revoke.conf"), revocation(pump.certificate()));
    openssl("asn1parse", "-genconf", "revoke.conf", "-noout", "-out", "revoke.der");
    sign("revoke.der");
    var message = Base64.getMimeDecoder().decode(Files.readString(folder.resolve("signed.b64")));
    // the reason in the revokeRequest: ENUMERATED, one octet, superseded
    int at = new String(message, ISO_8859_1).indexOf("\n\1\4");
    message[at + 2] = 1;
    Files.write(folder.resolve("signed.b64"), Base64.getEncoder().encode(message));

    assertThat(sent("fullcmc", 400)).isEqualTo(FullPkiRequests.CMC_RESPONSE);
    assertThat(FullPkiRequests.said(answer()).failure()).contains(CMCFailInfo.badMessageCheck);
    assertThat(est.store.status(est.issuer(), pump.certificate().serial()))
        .isInstanceOf(CertificateStatus.Good.class);
  }

  /// PKIData with a transactionId (part 1) and a revokeRequest (part 2), for `asn1parse -genconf`.
  private static String revocation(Certificate certificate) {
    return """
    asn1 = SEQUENCE:pkidata
    [pkidata]
    controls = SEQUENCE:controls
    requests = SEQUENCE:none
    messages = SEQUENCE:none
    others = SEQUENCE:none
    [none]
    [controls]
    transaction = SEQUENCE:transaction
    revoke = SEQUENCE:revoke
    [transaction]
    part = INTEGER:1
    type = OID:1.3.6.1.5.5.7.7.5
    values = SET:number
    [number]
    value = INTEGER:4711
    [revoke]
    part = INTEGER:2
    type = OID:1.3.6.1.5.5.7.7.17
    values = SET:request
    [request]
    value = SEQUENCE:fields
    [fields]
    issuer = SEQUENCE:name
    serial = INTEGER:0x%s
    reason = ENUMERATED:4
    comment = UTF8:replaced
    [name]
    organization = SET:organization
    common = SET:common
    [organization]
    value = SEQUENCE:acme
    [acme]
    type = OID:2.5.4.10
    value = UTF8:Acme
    [common]
    value = SEQUENCE:issuing
    [issuing]
    type = OID:2.5.4.3
    value = UTF8:Acme Issuing
    """
        .formatted(certificate.serial().hex());
  }

  private void sign(String content) throws Exception {
    openssl(
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        "-econtent_type",
        "1.3.6.1.5.5.7.12.2",
        "-signer",
        "device.pem",
        "-inkey",
        "device.key",
        "-in",
        content,
        "-outform",
        "DER",
        "-out",
        "signed.der");
    openssl("base64", "-in", "signed.der", "-out", "signed.b64");
  }

  /// Posts what was signed.
  ///
  /// @return the content type of the answer
  private String sent(String operation, int status) {
    var printed =
        Tool.CURL
            .run(
                folder,
                "-sS",
                "--noproxy",
                "*",
                "--cacert",
                "root.pem",
                "--cert",
                "device.pem",
                "--key",
                "device.key",
                "-H",
                "Content-Type: " + FullPkiRequests.CMC_REQUEST,
                "--data-binary",
                "@signed.b64",
                "-o",
                "answer.b64",
                "-w",
                "%{http_code} %{content_type}",
                "https://localhost:" + est.port() + EstClient.EST + operation)
            .ok()
            .out();
    assertThat(printed).startsWith(status + " ");
    return printed.substring(printed.indexOf(' ') + 1);
  }

  private byte[] answer() throws Exception {
    return Base64.getMimeDecoder().decode(Files.readString(folder.resolve("answer.b64"), US_ASCII));
  }

  private String openssl(String... arguments) {
    return Tool.OPENSSL.run(folder, arguments).ok().out();
  }
}
