package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Signature;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 6960 section 4.1, with the nonce of RFC 9654: what is a request.
class Rfc6960Section41Test {

  private static final int MOST = 16;
  private static final BigInteger SERIAL = BigInteger.valueOf(4711);

  private final Issuer issuer =
      new Issuer(
          DistinguishedName.ofCommonName("Test CA"),
          SoftwareSigningKey.generate(KeyType.EC_P256).publicKey());

  @ParameterizedTest
  @Tag("O03")
  @EnumSource
  void aCertIdIsReadWithEveryHash(CertIdHash hash) throws Exception {
    var request = parse(new Ask().and(issuer, hash, SERIAL).der());

    assertThat(request.certIds())
        .singleElement()
        .satisfies(certId -> {
          assertThat(certId.serial()).isEqualTo(SERIAL);
          assertThat(certId.issuer()).isEqualTo(IssuerHashes.of(issuer, hash));
          assertThat(certId.der().toByteArray())
              .isEqualTo(Ask.certId(issuer, hash, SERIAL).getEncoded());
        });
    assertThat(request.nonce()).isEmpty();
  }

  @Test
  @Tag("O02")
  void sixteenCertificatesMayBeAskedForAtOnceAndSeventeenMayNot() throws Exception {
    assertThat(parse(Ask.about(issuer, serials(MOST)).der()).certIds()).hasSize(MOST);
    assertMalformed(Ask.about(issuer, serials(MOST + 1)).der());
    assertMalformed(new Ask().der());
  }

  @ParameterizedTest
  @Tag("O10")
  @ValueSource(ints = {1, 16, 32, 128})
  void aNonceOfOneTo128OctetsIsRead(int octets) throws Exception {
    var nonce = new byte[octets];
    Arrays.fill(nonce, (byte) 7);

    var request = parse(Ask.about(issuer, SERIAL).nonce(nonce).der());

    assertThat(request.nonce().orElseThrow().extension().toByteArray()).endsWith(nonce);
  }

  @ParameterizedTest
  @Tag("O10")
  @ValueSource(ints = {0, 129, 1000})
  void aNonceOfAnotherLengthIsMalformed(int octets) {
    assertMalformed(Ask.about(issuer, SERIAL).nonce(new byte[octets]).der());
  }

  @Test
  void aNonceThatIsNoOctetStringIsMalformed() {
    var raw = new Extension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce, false, new byte[] {5, 0});

    assertMalformed(Ask.about(issuer, SERIAL).with(raw).der());
  }

  @Test
  void section44ACriticalExtensionThatIsNotUnderstoodIsMalformed() throws Exception {
    assertMalformed(Ask.about(issuer, SERIAL).with(Ask.critical("1.2.3.4")).der());
    assertMalformed(new Ask().andWith(issuer, SERIAL, Ask.critical("1.2.3.4")).der());
    assertThat(
            parse(
                Ask.about(issuer, SERIAL)
                    .with(Ask.critical(OCSPObjectIdentifiers.id_pkix_ocsp_response.getId()))
                    .der()))
        .isNotNull();
  }

  @Test
  @Tag("O21")
  void aSignatureOnTheRequestIsIgnored() throws Exception {
    var tbs = Ask.about(issuer, SERIAL).tbs();
    var signature =
        new Signature(
            new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256),
            new DERBitString(new byte[] {1, 2, 3}));

    var request = parse(new OCSPRequest(tbs, signature).getEncoded(ASN1Encoding.DER));

    assertThat(request.certIds()).hasSize(1);
  }

  @Test
  void whatIsNotInDerIsMalformed() throws Exception {
    var sound = Ask.about(issuer, SERIAL).der();
    assertMalformed(Arrays.copyOf(sound, sound.length + 1));
    assertMalformed(Arrays.copyOf(sound, sound.length - 1));
    assertMalformed(new byte[0]);
    var indefinite = new BERSequence(new ASN1EncodableVector()).getEncoded(ASN1Encoding.BER);
    assertMalformed(indefinite);
    assertMalformed(new DERSequence().getEncoded());
  }

  @Test
  void aDeepNestIsMalformedAndHarmless() {
    var nest = new byte[10_000];
    for (int i = 0; i < nest.length; i += 2) {
      nest[i] = 0x30;
      nest[i + 1] = (byte) 0x80;
    }
    assertMalformed(nest);
    assertMalformed(nested(2_000));
  }

  @Test
  @Tag("O02")
  void randomBytesAreMalformedAndNothingWorse() {
    var random = new Random(6960);
    var sound = Ask.about(issuer, SERIAL).nonce(new byte[16]).der();
    for (int i = 0; i < 20_000; i++) {
      var bytes = sound.clone();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      assertThat(bytes).satisfies(Rfc6960Section41Test::isReadOrMalformed);
    }
  }

  @Test
  @Tag("O02")
  @Tag("O21")
  void nothingOfTheLargestSizeTakesLong() {
    int largest = OcspSettings.DEFAULT.largestRequest();
    var random = new Random(9654);
    var noise = new byte[largest];
    random.nextBytes(noise);
    var many = serials(100);
    var hugeSerial = Ask.about(issuer, BigInteger.ONE.shiftLeft(8 * largest)).der();
    var longOid = new byte[largest];
    Arrays.fill(longOid, (byte) 0x81);
    longOid[0] = 0x30;
    longOid[1] = (byte) 0x82;
    longOid[2] = (byte) ((largest - 4) >> 8);
    longOid[3] = (byte) (largest - 4);
    longOid[4] = 6;
    longOid[5] = (byte) 0x82;
    longOid[6] = (byte) ((largest - 8) >> 8);
    longOid[7] = (byte) (largest - 8);
    longOid[largest - 1] = 1;
    var extensions = Ask.about(issuer, SERIAL);
    for (int i = 0; i < 500; i++) {
      extensions.with(Ask.optional("1.3.6.1.4.1." + i));
    }

    for (var bytes :
        List.of(noise, Ask.about(issuer, many).der(), hugeSerial, longOid, extensions.der())) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(5),
          () -> {
            for (int i = 0; i < 100; i++) {
              isReadOrMalformed(bytes);
            }
          });
    }
  }

  private static void isReadOrMalformed(byte[] bytes) {
    try {
      assertThat(parse(bytes).certIds()).isNotEmpty();
    } catch (MalformedOcspRequestException asItShouldBe) {
      assertThat(asItShouldBe).hasMessageMatching(".+");
    }
  }

  /// So many SEQUENCEs in each other, with definite lengths.
  private static byte[] nested(int depth) {
    var content = new byte[0];
    for (int i = 0; i < depth; i++) {
      int length = content.length;
      var header =
          length < 0x80
              ? new byte[] {0x30, (byte) length}
              : length < 0x100
                  ? new byte[] {0x30, (byte) 0x81, (byte) length}
                  : new byte[] {0x30, (byte) 0x82, (byte) (length >> 8), (byte) length};
      var whole = Arrays.copyOf(header, header.length + length);
      System.arraycopy(content, 0, whole, header.length, length);
      content = whole;
    }
    return content;
  }

  private static BigInteger[] serials(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(BigInteger::valueOf).toArray(BigInteger[]::new);
  }

  private static OcspRequest parse(byte[] encoded) throws MalformedOcspRequestException {
    return OcspRequest.parse(encoded, MOST);
  }

  private static void assertMalformed(byte[] encoded) {
    assertThatThrownBy(() -> parse(encoded)).isInstanceOf(MalformedOcspRequestException.class);
  }
}
