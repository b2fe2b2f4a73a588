package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.BERSet;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CertsOnlyTest {

  private final EstFixture est = EstFixture.start();
  private final Certificate root = est.root;
  private final Certificate issuing = est.issuing;

  @AfterAll
  void stop() {
    est.close();
  }

  @Test
  void whatIsEncodedIsDecodedAgain() throws Exception {
    assertThat(CertsOnly.decode(CertsOnly.encode(List.of(root, issuing)).toByteArray()))
        .containsExactlyInAnyOrder(root, issuing);
  }

  @Test
  void c4TheSameCertificatesGiveTheSameBytesInWhateverOrderAndNumber() {
    var once = CertsOnly.encode(List.of(root, issuing));

    assertThat(CertsOnly.encode(List.of(issuing, root, issuing))).isEqualTo(once);
  }

  @Test
  void c4ItIsInDer() throws Exception {
    byte[] encoded = CertsOnly.encode(List.of(root, issuing)).toByteArray();

    assertThat(ASN1Primitive.fromByteArray(encoded).getEncoded(ASN1Encoding.DER))
        .isEqualTo(encoded);
  }

  @Test
  void c4OpensslReadsIt(@TempDir Path folder) throws Exception {
    var file = folder.resolve("certs.p7");
    Files.write(file, CertsOnly.encode(List.of(root, issuing)).toByteArray());

    var printed =
        Tool.OPENSSL
            .run(
                folder, "pkcs7", "-inform", "DER", "-in", file.toString(), "-print_certs", "-noout")
            .ok();

    assertThat(printed.out())
        .contains("subject=O = Acme, CN = Acme Root")
        .contains("subject=O = Acme, CN = Acme Issuing");
  }

  @Test
  void whatIsNoPkcs7IsRefused() {
    assertThatThrownBy(() -> CertsOnly.decode(new byte[] {1, 2, 3}))
        .isInstanceOf(MalformedCertsOnlyException.class)
        .hasMessage("not a PKCS#7 message in DER");
    assertThatThrownBy(() -> CertsOnly.decode(root.der().toByteArray()))
        .isInstanceOf(MalformedCertsOnlyException.class);
  }

  @Test
  void whatFollowsTheMessageIsRefused() {
    byte[] encoded = CertsOnly.encode(List.of(root)).toByteArray();

    assertThatThrownBy(() -> CertsOnly.decode(Arrays.copyOf(encoded, encoded.length + 1)))
        .isInstanceOf(MalformedCertsOnlyException.class);
  }

  @Test
  void indefiniteLengthsAreRefused() throws Exception {
    var message = message(new BERSet(of(root)), null);

    assertThatThrownBy(() -> CertsOnly.decode(message.getEncoded(ASN1Encoding.BER)))
        .isInstanceOf(MalformedCertsOnlyException.class)
        .hasMessage("the certs-only message is not in DER");
  }

  @Test
  void aMessageWithoutCertificatesIsRefused() throws Exception {
    var message = message(new DERSet(), null);

    assertThatThrownBy(() -> CertsOnly.decode(message.getEncoded(ASN1Encoding.DER)))
        .hasMessage("the message has no certificate");
  }

  @Test
  void aMessageWithContentIsRefused() throws Exception {
    var message = message(new DERSet(of(root)), new DEROctetString(new byte[3]));

    assertThatThrownBy(() -> CertsOnly.decode(message.getEncoded(ASN1Encoding.DER)))
        .hasMessage("the message has signers or content");
  }

  private static ASN1Primitive of(Certificate certificate) throws Exception {
    return ASN1Primitive.fromByteArray(certificate.der().toByteArray());
  }

  private static ContentInfo message(
      org.bouncycastle.asn1.ASN1Set certificates,
      org.bouncycastle.asn1.@org.jspecify.annotations.Nullable ASN1Encodable content) {
    var inner = new ContentInfo(PKCSObjectIdentifiers.data, content);
    return new ContentInfo(
        PKCSObjectIdentifiers.signedData,
        new SignedData(
            new DERSet(), inner, certificates, null, new DERSet(new ASN1EncodableVector())));
  }
}
