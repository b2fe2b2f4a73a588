package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.CsrAttribute.AsymmetricDecryptKeyIdentifier;
import dev.nameplate.ca.x509.CsrAttribute.ChallengePassword;
import dev.nameplate.ca.x509.CsrAttribute.ChangeSubjectName;
import dev.nameplate.ca.x509.CsrAttribute.DecryptKeyIdentifier;
import dev.nameplate.ca.x509.CsrAttribute.EstIdentityLinking;
import dev.nameplate.ca.x509.CsrAttribute.ExtensionRequest;
import dev.nameplate.ca.x509.CsrAttribute.OtpChallenge;
import dev.nameplate.ca.x509.CsrAttribute.RevocationChallenge;
import dev.nameplate.ca.x509.CsrAttribute.SmimeCapabilities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.DERUniversalString;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a request says beside name and key, and what it may not say.
class CsrAttributeTest {

  private static final ASN1ObjectIdentifier CHANGE_SUBJECT_NAME =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.7.36");
  private static final ASN1ObjectIdentifier KEY_USAGE = Extension.keyUsage;
  private static final byte[] SIGNS = {3, 2, 7, (byte) 0x80};

  private final FakeDevice pump = FakeDevice.named("pump-0017");

  @Test
  void aRequestWithoutAttributesSaysNothing() {
    var csr = pump.csr();

    assertThat(csr.challengePassword()).isEmpty();
    assertThat(csr.otpChallenge()).isEmpty();
    assertThat(csr.revocationChallenge()).isEmpty();
    assertThat(csr.estIdentityLinking()).isEmpty();
    assertThat(csr.changeSubjectName()).isEmpty();
    assertThat(csr.decryptKeyIdentifier()).isEmpty();
    assertThat(csr.asymmetricDecryptKeyIdentifier()).isEmpty();
    assertThat(csr.smimeCapabilities()).isEmpty();
    assertThat(csr.requestedExtensions()).isEmpty();
    assertThat(csr.isLinked()).isFalse();
  }

  @Test
  void whatARequestIsMadeOfIsWhatIsRead() {
    var change =
        new ChangeSubjectName(
            Optional.of(DistinguishedName.ofCommonName("pump-0018")),
            Optional.of(SubjectAltName.of(List.of("pump-0018.example"))));
    var aes = new SmimeCapability("2.16.840.1.101.3.4.1.42", Optional.empty());
    var rc2 = new SmimeCapability("1.2.840.113549.3.2", Optional.of(Der.of(encoded(128))));
    var keyUsage = new RequestedExtension(KEY_USAGE.getId(), true, Der.of(SIGNS));
    var names = SubjectAltName.of(List.of("pump-0017.example", "192.0.2.1"));
    var csr =
        pump.csr(
            new ChallengePassword("dGxzLXVuaXF1ZQ=="),
            new OtpChallenge("one time"),
            new RevocationChallenge("für später"),
            new EstIdentityLinking("dGxzLWV4cG9ydGVy"),
            change,
            new DecryptKeyIdentifier(Der.of(new byte[] {1, 2})),
            new AsymmetricDecryptKeyIdentifier(Der.of(new byte[] {3})),
            new SmimeCapabilities(List.of(aes, rc2)),
            new ExtensionRequest(keyUsage, RequestedExtension.subjectAltName(names)));

    assertThat(csr.challengePassword()).contains("dGxzLXVuaXF1ZQ==");
    assertThat(csr.otpChallenge()).contains("one time");
    assertThat(csr.revocationChallenge()).contains("für später");
    assertThat(csr.estIdentityLinking()).contains("dGxzLWV4cG9ydGVy");
    assertThat(csr.changeSubjectName()).contains(change);
    assertThat(csr.decryptKeyIdentifier()).contains(Der.of(new byte[] {1, 2}));
    assertThat(csr.asymmetricDecryptKeyIdentifier()).contains(Der.of(new byte[] {3}));
    assertThat(csr.smimeCapabilities()).containsExactly(aes, rc2);
    assertThat(csr.requestedExtensions()).containsExactlyInAnyOrder("2.5.29.15", "2.5.29.17");
    assertThat(csr.requestedExtension("2.5.29.15")).contains(Der.of(SIGNS));
    assertThat(csr.requestedExtension("2.5.29.37")).isEmpty();
    assertThat(csr.subjectAltName()).contains(names);
    assertThat(csr.isLinked()).isTrue();
  }

  @Test
  void theAttributesThatOpensslSendsAreRead(@TempDir Path folder) throws Exception {
    Files.writeString(
        folder.resolve("req.cnf"),
        """
        [req]
        prompt = no
        distinguished_name = name
        attributes = attributes
        req_extensions = extensions
        [name]
        CN = pump-0017
        [attributes]
        challengePassword = dGxzLXVuaXF1ZQ==
        unstructuredName = Pump
        1.2.840.113549.1.9.16.2.56 = one time
        1.2.840.113549.1.9.16.2.57 = for later
        1.2.840.113549.1.9.16.2.58 = dGxzLWV4cG9ydGVy
        [extensions]
        keyUsage = critical, digitalSignature
        subjectAltName = DNS:pump-0017.example
        """);
    Tool.OPENSSL
        .run(
            folder,
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem"
                .concat(" -config req.cnf -outform DER -out csr.der")
                .split(" "))
        .ok();
    var csr = Csr.parse(Files.readAllBytes(folder.resolve("csr.der")));

    assertThat(csr.challengePassword()).contains("dGxzLXVuaXF1ZQ==");
    assertThat(csr.otpChallenge()).contains("one time");
    assertThat(csr.revocationChallenge()).contains("for later");
    assertThat(csr.estIdentityLinking()).contains("dGxzLWV4cG9ydGVy");
    assertThat(csr.requestedExtension("2.5.29.15")).contains(Der.of(SIGNS));
    assertThat(csr.subjectAltName()).contains(SubjectAltName.of(List.of("pump-0017.example")));
  }

  @Test
  void opensslReadsTheAttributesThatWeSend(@TempDir Path folder) throws Exception {
    var names = SubjectAltName.of(List.of("pump-0017.example"));
    var csr =
        pump.csr(
            new ChallengePassword("dGxzLXVuaXF1ZQ=="),
            new ExtensionRequest(RequestedExtension.subjectAltName(names)));
    Files.write(folder.resolve("csr.der"), csr.der().toByteArray());
    var text =
        Tool.OPENSSL
            .run(folder, "req -inform DER -in csr.der -noout -text -verify".split(" "))
            .ok()
            .output();

    assertThat(text).contains("dGxzLXVuaXF1ZQ==", "DNS:pump-0017.example", "verify OK");
  }

  // ChangeSubjectName, whose two parts have the same tag

  @Test
  void aChangeToANameAloneAndToSubjectAltNamesAloneAreToldApart() {
    var name = DistinguishedName.of("Acme", "pump-0018");
    var toName = new ChangeSubjectName(Optional.of(name), Optional.empty());
    var toNames =
        new ChangeSubjectName(
            Optional.empty(), Optional.of(SubjectAltName.of(List.of("pump.example"))));

    assertThat(pump.csr(toName).changeSubjectName()).contains(toName);
    assertThat(pump.csr(toNames).changeSubjectName()).contains(toNames);
  }

  @Test
  void theTagThatErratum3943AddsIsRead() throws Exception {
    var names = new GeneralNames(new GeneralName(GeneralName.dNSName, "pump.example"));
    var tagged =
        csr(attribute(CHANGE_SUBJECT_NAME, new DERSequence(new DERTaggedObject(false, 1, names))));

    assertThat(tagged.changeSubjectName())
        .contains(
            new ChangeSubjectName(
                Optional.empty(), Optional.of(SubjectAltName.of(List.of("pump.example")))));
  }

  // What is refused, by name

  static Stream<Arguments> refused() {
    var challenge = PKCSObjectIdentifiers.pkcs_9_at_challengePassword;
    var names = new GeneralNames(new GeneralName(GeneralName.dNSName, "pump.example"));
    var name = new X500Name("CN=pump");
    var keyUsage = new Extension(KEY_USAGE, true, SIGNS);
    return Stream.of(
        refused("more than one challengePassword", text(challenge, "x"), text(challenge, "y")),
        refused(
            "challengePassword with 2 values",
            new Attribute(
                challenge,
                new DERSet(new ASN1Encodable[] {new DERUTF8String("x"), new DERUTF8String("y")}))),
        refused("challengePassword with 0 values", new Attribute(challenge, new DERSet())),
        refused("a malformed challengePassword: not a text", attribute(challenge, integer(1))),
        refused(
            "a malformed challengePassword: not a text",
            attribute(challenge, new DERUniversalString(new byte[] {0, 0, 0, 'x'}))),
        refused("a malformed challengePassword: a text of 0 characters", text(challenge, "")),
        refused(
            "a malformed challengePassword: a text of 256 characters",
            text(challenge, "x".repeat(256))),
        refused(
            "more than one otpChallenge",
            text(PKCSObjectIdentifiers.id_aa_otpChallenge, "x"),
            text(PKCSObjectIdentifiers.id_aa_otpChallenge, "y")),
        refused(
            "a malformed revocationChallenge",
            attribute(PKCSObjectIdentifiers.id_aa_revocationChallenge, integer(1))),
        refused(
            "a malformed estIdentityLinking",
            attribute(PKCSObjectIdentifiers.id_aa_estIdentityLinking, new DERSequence())),
        refused(
            "a malformed decryptKeyIdentifier",
            attribute(PKCSObjectIdentifiers.id_aa_decryptKeyID, integer(1))),
        refused(
            "a malformed asymmetricDecryptKeyIdentifier: 0 octets",
            attribute(
                PKCSObjectIdentifiers.id_aa_asymmDecryptKeyID, new DEROctetString(new byte[0]))),
        refused(
            "a malformed smimeCapabilities: 0 capabilities",
            attribute(PKCSObjectIdentifiers.pkcs_9_at_smimeCapabilities, new DERSequence())),
        refused(
            "a malformed smimeCapabilities",
            attribute(
                PKCSObjectIdentifiers.pkcs_9_at_smimeCapabilities, new DERSequence(integer(1)))),
        refused(
            "a malformed changeSubjectName: neither",
            attribute(CHANGE_SUBJECT_NAME, new DERSequence())),
        refused(
            "a malformed changeSubjectName: not at most a name",
            attribute(CHANGE_SUBJECT_NAME, new DERSequence(new ASN1Encodable[] {names, name}))),
        refused(
            "a malformed changeSubjectName: not at most a name",
            attribute(CHANGE_SUBJECT_NAME, new DERSequence(new ASN1Encodable[] {name, name}))),
        refused(
            "a malformed changeSubjectName",
            attribute(CHANGE_SUBJECT_NAME, new DERSequence(integer(1)))),
        refused("a malformed extensionRequest: 0 extensions", extensions()),
        refused(
            "a malformed extensionRequest: the extension 2.5.29.15 twice",
            extensions(keyUsage, keyUsage)),
        refused(
            "a malformed extensionRequest: 33 extensions",
            extensions(
                IntStream.range(0, 33)
                    .mapToObj(
                        i -> new Extension(new ASN1ObjectIdentifier("1.2.3." + i), false, SIGNS))
                    .toArray(Extension[]::new))),
        refused("more than one extensionRequest", extensions(keyUsage), extensions(keyUsage)),
        refused(
            "a malformed subjectAltName: 33 names",
            extensions(
                new Extension(
                    Extension.subjectAlternativeName,
                    false,
                    encoded(
                        new GeneralNames(
                            Collections.nCopies(
                                    33, new GeneralName(GeneralName.dNSName, "pump.example"))
                                .toArray(GeneralName[]::new)))))),
        refused(
            "a malformed subjectAltName: names that cannot be decoded",
            extensions(new Extension(Extension.subjectAlternativeName, false, encoded(1)))),
        refused(
            "a malformed subjectAltName: a length of indefinite form",
            extensions(
                new Extension(
                    Extension.subjectAlternativeName,
                    false,
                    encoded(new BERSequence(names.getNames()))))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  @Tag("U9")
  void refused(String message, List<Attribute> attributes) {
    assertThatThrownBy(() -> csr(attributes.toArray(Attribute[]::new)))
        .isInstanceOf(MalformedCsrException.class)
        .hasMessageContaining(message);
  }

  @Test
  @Tag("U9")
  void moreThanSixteenAttributesAreRefusedKnownOrNot() {
    var attributes =
        IntStream.range(0, 17)
            .mapToObj(i -> text(new ASN1ObjectIdentifier("1.2.3." + i), "x"))
            .toArray(Attribute[]::new);

    assertThatThrownBy(() -> csr(attributes))
        .isInstanceOf(MalformedCsrException.class)
        .hasMessageContaining("17 attributes; at most 16");
  }

  @Test
  @Tag("U9")
  void aNameOfTooManyPartsIsRefused() {
    var rdns = String.join(",", Collections.nCopies(17, "CN=x"));
    var attributes = String.join("+", IntStream.range(0, 33).mapToObj(i -> "CN=x" + i).toList());

    assertThatThrownBy(() -> signed(info(new X500Name(rdns))))
        .isInstanceOf(MalformedCsrException.class)
        .hasMessageContaining("a name of 17 RDNs");
    assertThatThrownBy(() -> signed(info(new X500Name(attributes))))
        .isInstanceOf(MalformedCsrException.class)
        .hasMessageContaining("with 33 attributes");
  }

  @Test
  @Tag("U9")
  void sequencesWithinSequencesAreRefusedBeforeADecoderRecursesIntoThem() throws Exception {
    byte[] nested = nested(4000);
    var inAnExtension = new Extension(Extension.subjectAlternativeName, false, nested(3000));

    assertThat(nested).hasSizeBetween(12_000, 16 * 1024);
    assertThatThrownBy(() -> Csr.parse(nested))
        .isInstanceOf(MalformedCsrException.class)
        .hasMessageContaining("more than 32 values within each other");
    assertThatThrownBy(() -> csr(extensions(inAnExtension)))
        .isInstanceOf(MalformedCsrException.class)
        .hasMessageContaining("a malformed subjectAltName: more than 32 values");
    assertThatThrownBy(() -> Certificate.parse(nested))
        .isInstanceOf(MalformedCertificateException.class)
        .hasMessageContaining("more than 32 values");
    assertThatThrownBy(() -> Crl.parse(nested))
        .isInstanceOf(MalformedCrlException.class)
        .hasMessageContaining("more than 32 values");
    assertThatThrownBy(() -> PublicKeyInfo.parse(nested(250)))
        .isInstanceOf(UnacceptableKeyException.class)
        .hasMessageContaining("more than 32 values");
    assertThatThrownBy(() -> DistinguishedName.parse(nested(500)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than 32 values");
  }

  @Test
  @Tag("U9")
  void attributesThatAreMutatedAndSignedAreReadOrRefusedAndNothingElseIsThrown() throws Exception {
    var change =
        new ChangeSubjectName(
            Optional.of(DistinguishedName.ofCommonName("pump-0018")),
            Optional.of(SubjectAltName.of(List.of("pump-0018.example"))));
    var names = SubjectAltName.of(List.of("pump-0017.example", "192.0.2.1"));
    var seed =
        pump.csr(
            new ChallengePassword("dGxzLXVuaXF1ZQ=="),
            change,
            new DecryptKeyIdentifier(Der.of(new byte[] {1, 2})),
            new SmimeCapabilities(List.of(new SmimeCapability("1.2.3", Optional.empty()))),
            new ExtensionRequest(RequestedExtension.subjectAltName(names)));
    byte[] info =
        CertificationRequest.getInstance(seed.der().toByteArray())
            .getCertificationRequestInfo()
            .getEncoded(ASN1Encoding.DER);
    var random = new Random(11);
    int refused = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] mutated = info.clone();
      mutated[info.length - 1 - random.nextInt(220)] = (byte) random.nextInt();
      try {
        assertThat(Csr.parse(signed(mutated)).publicKey()).isEqualTo(pump.key().publicKey());
      } catch (MalformedCsrException expected) {
        refused++;
      }
    }
    assertThat(refused).isBetween(500, 1_990);
  }

  /// Made without Bouncy Castle's CertificationRequestInfo, which would not hold all of them.
  private Csr csr(Attribute... attributes) throws Exception {
    var info =
        new DERSequence(
            new ASN1Encodable[] {
              integer(0),
              new X500Name("CN=pump"),
              publicKey(),
              new DERTaggedObject(false, 0, new DERSet(attributes))
            });
    return Csr.parse(signed(info.getEncoded(ASN1Encoding.DER)));
  }

  private CertificationRequestInfo info(X500Name name) {
    return new CertificationRequestInfo(name, publicKey(), new DERSet());
  }

  private SubjectPublicKeyInfo publicKey() {
    return SubjectPublicKeyInfo.getInstance(pump.key().publicKey().spki().toByteArray());
  }

  private Csr signed(CertificationRequestInfo info) throws Exception {
    return Csr.parse(signed(info.getEncoded(ASN1Encoding.DER)));
  }

  /// A request around these bytes, whatever they are.
  private byte[] signed(byte[] info) throws IOException {
    SoftwareSigningKey key = pump.key();
    byte[] algorithm = key.algorithm().identifier().getEncoded(ASN1Encoding.DER);
    byte[] signature = new DERBitString(key.sign(info)).getEncoded(ASN1Encoding.DER);
    byte[] content = new byte[info.length + algorithm.length + signature.length];
    System.arraycopy(info, 0, content, 0, info.length);
    System.arraycopy(algorithm, 0, content, info.length, algorithm.length);
    System.arraycopy(signature, 0, content, info.length + algorithm.length, signature.length);
    return sequence(content);
  }

  private static Arguments refused(String message, Attribute... attributes) {
    return Arguments.of(message, List.of(attributes));
  }

  private static Attribute attribute(ASN1ObjectIdentifier type, ASN1Encodable value) {
    return new Attribute(type, new DERSet(value));
  }

  private static Attribute text(ASN1ObjectIdentifier type, String text) {
    return attribute(type, new DERUTF8String(text));
  }

  private static Attribute extensions(Extension... extensions) {
    return attribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, new DERSequence(extensions));
  }

  private static ASN1Integer integer(int value) {
    return new ASN1Integer(value);
  }

  private static byte[] encoded(int value) {
    return encoded(integer(value));
  }

  private static byte[] encoded(ASN1Encodable value) {
    try {
      return value.toASN1Primitive().getEncoded();
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// A SEQUENCE in a SEQUENCE in a SEQUENCE …, in definite lengths.
  private static byte[] nested(int depth) {
    byte[] nested = {};
    for (int i = 0; i < depth; i++) {
      nested = sequence(nested);
    }
    return nested;
  }

  private static byte[] sequence(byte[] content) {
    int length = content.length;
    byte[] head =
        length < 128
            ? new byte[] {0x30, (byte) length}
            : length < 256
                ? new byte[] {0x30, (byte) 0x81, (byte) length}
                : new byte[] {0x30, (byte) 0x82, (byte) (length >> 8), (byte) length};
    byte[] whole = new byte[head.length + length];
    System.arraycopy(head, 0, whole, 0, head.length);
    System.arraycopy(content, 0, whole, head.length, length);
    return whole;
  }
}
