package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CsrTest {

  private final SoftwareSigningKey key = SoftwareSigningKey.generate(KeyType.EC_P256);

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void aRequestThatProvesPossessionIsRead(KeyType type) throws Exception {
    var device = FakeDevice.named("pump-0017", SoftwareSigningKey.generate(type));
    var csr = Csr.parse(device.request().toByteArray());

    assertThat(csr.publicKey()).isEqualTo(device.key().publicKey());
    assertThat(csr.subject().commonName()).contains("pump-0017");
    assertThat(csr.subjectAltName()).isEmpty();
  }

  @Test
  void aSignatureByAnotherKeyProvesNothing() {
    var other = SoftwareSigningKey.generate(KeyType.EC_P256);
    var forged =
        Csr.sign(
            DistinguishedName.ofCommonName("pump"), key.publicKey(), key.algorithm(), other::sign);

    assertThatThrownBy(() -> Csr.parse(forged.toByteArray()))
        .isInstanceOfSatisfying(
            MalformedCsrException.class,
            why -> assertThat(why.fault()).isEqualTo(MalformedCsrException.Fault.POSSESSION))
        .hasMessageContaining("possession");
  }

  @Test
  void aSha1SignatureIsRefusedByName() throws Exception {
    var info = info(new DERSet());
    var sha1 = new AlgorithmIdentifier(PKCSObjectIdentifiers.sha1WithRSAEncryption);
    var request = new CertificationRequest(info, sha1, new DERBitString(new byte[64]));

    assertThatThrownBy(() -> Csr.parse(request.getEncoded(ASN1Encoding.DER)))
        .isInstanceOfSatisfying(
            MalformedCsrException.class,
            why -> assertThat(why.fault()).isEqualTo(MalformedCsrException.Fault.ALGORITHM))
        .hasMessageContaining("1.2.840.113549.1.1.5");
  }

  @Test
  void whatARequestAsksForIsListedAndNothingMore() throws Exception {
    var extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    var csr =
        signed(
            new Attribute(
                PKCSObjectIdentifiers.pkcs_9_at_extensionRequest,
                new DERSet(extensions.generate())));

    assertThat(csr.requestedExtensions()).containsExactly("2.5.29.19");
    assertThat(csr.subjectAltName()).isEmpty();
  }

  @Test
  void theSameRequestSignedAgainWithAnotherProofHasTheSameContent() throws Exception {
    var one = signed(challenge("first connection"));
    var other = signed(challenge("second connection"));
    var plain = signed();

    assertThat(one.der()).isNotEqualTo(other.der());
    assertThat(one.contentSha256())
        .isEqualTo(other.contentSha256())
        .isEqualTo(plain.contentSha256());
    assertThat(signed(unstructuredName()).contentSha256()).isNotEqualTo(plain.contentSha256());
    assertThat(one.isLinked()).isTrue();
    assertThat(plain.isLinked()).isFalse();
  }

  @Test
  void bytesBehindTheEndAndIndefiniteLengthsAreRefused() throws Exception {
    byte[] der = signed().der().toByteArray();

    assertThatThrownBy(() -> Csr.parse(Arrays.copyOf(der, der.length + 1)))
        .isInstanceOf(MalformedCsrException.class);
    assertThatThrownBy(() -> Csr.parse(new byte[20_000]))
        .isInstanceOf(MalformedCsrException.class)
        .hasMessageContaining("20000");
  }

  @Test
  void mutatedRequestsAreRefusedAndNothingElseIsThrown() throws Exception {
    var random = new Random(7);
    byte[] seed = signed(challenge("x"), unstructuredName()).der().toByteArray();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] mutated = seed.clone();
      mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        Csr.parse(mutated);
      } catch (MalformedCsrException expected) {
        refused++;
      }
    }
    assertThat(refused).isEqualTo(20_000);
  }

  @Test
  void namesCompareByTheRulesOfRfc5280() {
    var one = DistinguishedName.of("Acme Devices", "Pump");
    var same = DistinguishedName.of("ACME  devices", "pump");
    var turned = DistinguishedName.parse(encode(new X500Name("CN=Pump,O=Acme Devices")));
    var printable =
        new org.bouncycastle.asn1.x500.X500NameBuilder()
            .addRDN(
                org.bouncycastle.asn1.x500.style.BCStyle.O, new DERPrintableString("Acme Devices"))
            .addRDN(org.bouncycastle.asn1.x500.style.BCStyle.CN, new DERUTF8String("Pump"))
            .build();

    assertThat(one.matches(same)).isTrue();
    assertThat(one.matches(DistinguishedName.parse(encode(printable)))).isTrue();
    assertThat(one.matches(turned)).isFalse();
    assertThat(one.matches(DistinguishedName.ofCommonName("Pump"))).isFalse();
  }

  private static byte[] encode(X500Name name) {
    try {
      return name.getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private CertificationRequestInfo info(DERSet attributes) {
    return new CertificationRequestInfo(
        new X500Name("CN=pump"),
        SubjectPublicKeyInfo.getInstance(key.publicKey().spki().toByteArray()),
        attributes);
  }

  private Csr signed(ASN1Encodable... attributes) throws Exception {
    var info = info(new DERSet(attributes));
    var signature = key.sign(info.getEncoded(ASN1Encoding.DER));
    return Csr.parse(
        new CertificationRequest(info, key.algorithm().identifier(), new DERBitString(signature))
            .getEncoded(ASN1Encoding.DER));
  }

  private static Attribute challenge(String text) {
    return new Attribute(
        PKCSObjectIdentifiers.pkcs_9_at_challengePassword, new DERSet(new DERUTF8String(text)));
  }

  private static Attribute unstructuredName() {
    return new Attribute(
        PKCSObjectIdentifiers.pkcs_9_at_unstructuredName, new DERSet(new DERUTF8String("y")));
  }
}
