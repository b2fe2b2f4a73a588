package dev.nameplate.ca.x509;

import dev.nameplate.ca.x509.CsrAttribute.AsymmetricDecryptKeyIdentifier;
import dev.nameplate.ca.x509.CsrAttribute.ChallengePassword;
import dev.nameplate.ca.x509.CsrAttribute.ChangeSubjectName;
import dev.nameplate.ca.x509.CsrAttribute.DecryptKeyIdentifier;
import dev.nameplate.ca.x509.CsrAttribute.EstIdentityLinking;
import dev.nameplate.ca.x509.CsrAttribute.ExtensionRequest;
import dev.nameplate.ca.x509.CsrAttribute.OtpChallenge;
import dev.nameplate.ca.x509.CsrAttribute.RevocationChallenge;
import dev.nameplate.ca.x509.CsrAttribute.SmimeCapabilities;
import dev.nameplate.ca.x509.MalformedCsrException.Fault;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/// A PKCS#10 certification request (RFC 2986) whose proof of possession was checked. Comes only
/// from [#parse], so holding one means that the sender has the private key.
public final class Csr {

  static final int LARGEST = 16 * 1024;

  private final Der der;
  private final DistinguishedName subject;
  private final PublicKeyInfo publicKey;
  private final List<CsrAttribute> attributes;
  private final Optional<Der> subjectAltName;
  private final String contentSha256;

  private Csr(
      Der der,
      DistinguishedName subject,
      PublicKeyInfo publicKey,
      List<CsrAttribute> attributes,
      String contentSha256)
      throws MalformedCsrException {
    this.der = der;
    this.subject = subject;
    this.publicKey = publicKey;
    this.attributes = attributes;
    this.contentSha256 = contentSha256;
    var names = requestedExtension(RequestedExtension.SUBJECT_ALT_NAME);
    try {
      subjectAltName =
          names.isPresent()
              ? Optional.of(CsrAttributeCodec.generalNames(names.get().toByteArray()))
              : Optional.empty();
    } catch (MalformedDerException found) {
      throw new MalformedCsrException("a malformed subjectAltName: " + found.reason());
    }
  }

  /// Reads a DER request: limits first, then the raw key, then the proof of possession.
  ///
  /// @throws MalformedCsrException if anything about it is not as RFC 2986 has it
  public static Csr parse(byte[] encoded) throws MalformedCsrException {
    if (encoded.length > LARGEST) {
      throw new MalformedCsrException(
          "a certification request of " + encoded.length + " bytes; at most " + LARGEST);
    }
    try {
      return decode(encoded);
    } catch (UnacceptableKeyException key) {
      throw new MalformedCsrException(Fault.ALGORITHM, key.reason());
    } catch (MalformedDerException found) {
      throw new MalformedCsrException(
          "not a PKCS#10 certification request in DER: " + found.reason());
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedCsrException("not a PKCS#10 certification request in DER");
    }
  }

  /// Makes a request for `subject` and `publicKey`. `sign` signs with the private key, in the form
  /// X.509 carries signatures.
  public static Der sign(
      DistinguishedName subject,
      PublicKeyInfo publicKey,
      SignatureAlgorithm algorithm,
      UnaryOperator<byte[]> sign) {
    return sign(subject, publicKey, List.of(), algorithm, sign);
  }

  /// The same, asking for a subjectAltName as [SubjectAltName] makes it.
  public static Der sign(
      DistinguishedName subject,
      PublicKeyInfo publicKey,
      Der subjectAltName,
      SignatureAlgorithm algorithm,
      UnaryOperator<byte[]> sign) {
    var extensions = new ExtensionRequest(RequestedExtension.subjectAltName(subjectAltName));
    return sign(subject, publicKey, List.of(extensions), algorithm, sign);
  }

  /// The same with any attributes, each type at most once; [#parse] refuses what is more.
  public static Der sign(
      DistinguishedName subject,
      PublicKeyInfo publicKey,
      List<CsrAttribute> attributes,
      SignatureAlgorithm algorithm,
      UnaryOperator<byte[]> sign) {
    try {
      var info =
          new CertificationRequestInfo(
              X500Name.getInstance(subject.der().toByteArray()),
              SubjectPublicKeyInfo.getInstance(publicKey.spki().toByteArray()),
              CsrAttributeCodec.encode(attributes));
      var signature = sign.apply(info.getEncoded(ASN1Encoding.DER));
      var request =
          new CertificationRequest(info, algorithm.identifier(), new DERBitString(signature));
      return Der.of(request.getEncoded(ASN1Encoding.DER));
    } catch (IOException impossible) {
      throw new IllegalStateException("a request that cannot be encoded", impossible);
    }
  }

  public Der der() {
    return der;
  }

  public DistinguishedName subject() {
    return subject;
  }

  public PublicKeyInfo publicKey() {
    return publicKey;
  }

  /// The GeneralNames of a requested subjectAltName.
  public Optional<Der> subjectAltName() {
    return subjectAltName;
  }

  /// The OIDs of the extensions that were asked for; asking grants nothing.
  public Set<String> requestedExtensions() {
    return extensions().map(RequestedExtension::oid).collect(Collectors.toUnmodifiableSet());
  }

  /// What the extension with this OID was asked to be: what is in its OCTET STRING, unchecked.
  public Optional<Der> requestedExtension(String oid) {
    return extensions()
        .filter(extension -> extension.oid().equals(oid))
        .map(RequestedExtension::value)
        .findFirst();
  }

  /// Whether it carries an attribute that ties it to one connection or one password (RFC 7030
  /// section 3.5, RFC 7894), which whoever answers then has to verify.
  public boolean isLinked() {
    return attributes.stream().anyMatch(CsrAttributeCodec::isProof);
  }

  /// See [CsrAttribute.ChallengePassword].
  public Optional<String> challengePassword() {
    return find(ChallengePassword.class).map(ChallengePassword::text);
  }

  /// See [CsrAttribute.OtpChallenge].
  public Optional<String> otpChallenge() {
    return find(OtpChallenge.class).map(OtpChallenge::text);
  }

  /// See [CsrAttribute.RevocationChallenge].
  public Optional<String> revocationChallenge() {
    return find(RevocationChallenge.class).map(RevocationChallenge::text);
  }

  /// See [CsrAttribute.EstIdentityLinking].
  public Optional<String> estIdentityLinking() {
    return find(EstIdentityLinking.class).map(EstIdentityLinking::text);
  }

  /// See [CsrAttribute.ChangeSubjectName].
  public Optional<ChangeSubjectName> changeSubjectName() {
    return find(ChangeSubjectName.class);
  }

  /// What is in the OCTET STRING: any bytes. See [CsrAttribute.DecryptKeyIdentifier].
  public Optional<Der> decryptKeyIdentifier() {
    return find(DecryptKeyIdentifier.class).map(DecryptKeyIdentifier::identifier);
  }

  /// What is in the OCTET STRING: any bytes. See [CsrAttribute.AsymmetricDecryptKeyIdentifier].
  public Optional<Der> asymmetricDecryptKeyIdentifier() {
    return find(AsymmetricDecryptKeyIdentifier.class)
        .map(AsymmetricDecryptKeyIdentifier::identifier);
  }

  /// In the order of the request, the best first; empty if it says nothing about them.
  public List<SmimeCapability> smimeCapabilities() {
    return find(SmimeCapabilities.class).map(SmimeCapabilities::capabilities).orElse(List.of());
  }

  /// SHA-256 in hex over the request's content without signature and proof-of-possession
  /// attributes: the same for a request that was signed again on another connection.
  public String contentSha256() {
    return contentSha256;
  }

  private static Csr decode(byte[] encoded)
      throws IOException, MalformedCsrException, MalformedDerException, UnacceptableKeyException {
    Der.checkStructure(encoded);
    // before the rest: Bouncy Castle refuses a bad challengePassword, too, but does not say why
    var attributes = attributes(encoded);
    var known = CsrAttributeCodec.decode(attributes);
    var request = CertificationRequest.getInstance(encoded);
    if (request == null || !Arrays.equals(request.getEncoded(ASN1Encoding.DER), encoded)) {
      throw new MalformedCsrException("the certification request is not in DER");
    }
    var info = request.getCertificationRequestInfo();
    if (!info.getVersion().hasValue(0)) {
      throw new MalformedCsrException("certification request version " + info.getVersion());
    }
    // the raw key before any provider sees it: a hostile one can cost seconds
    var publicKey =
        PublicKeyInfo.parse(info.getSubjectPublicKeyInfo().getEncoded(ASN1Encoding.DER));
    var algorithm =
        SignatureAlgorithm.of(request.getSignatureAlgorithm())
            .orElseThrow(() ->
                new MalformedCsrException(
                    Fault.ALGORITHM,
                    "signature algorithm "
                        + request.getSignatureAlgorithm().getAlgorithm()
                        + " is not accepted"));
    if (!algorithm.fits(publicKey.type())) {
      throw new MalformedCsrException(
          Fault.ALGORITHM,
          "a " + publicKey.type().text() + " key cannot sign with " + algorithm.jcaName());
    }
    var subject = DistinguishedName.read(info.getSubject().getEncoded(ASN1Encoding.DER));
    if (!publicKey.verifies(
        algorithm, info.getEncoded(ASN1Encoding.DER), request.getSignature().getOctets())) {
      throw new MalformedCsrException(
          Fault.POSSESSION, "the signature does not prove possession of the key");
    }
    var content =
        new CertificationRequestInfo(
            info.getSubject(),
            info.getSubjectPublicKeyInfo(),
            CsrAttributeCodec.withoutProofs(attributes));
    return new Csr(
        Der.of(encoded),
        subject,
        publicKey,
        known,
        Der.of(content.getEncoded(ASN1Encoding.DER)).sha256Hex());
  }

  static ASN1Set attributes(byte[] encoded) {
    var info = ASN1Sequence.getInstance(ASN1Sequence.getInstance(encoded).getObjectAt(0));
    return info.size() < 4
        ? new DERSet()
        : ASN1Set.getInstance(ASN1TaggedObject.getInstance(info.getObjectAt(3)), false);
  }

  private Stream<RequestedExtension> extensions() {
    return find(ExtensionRequest.class).stream().flatMap(request -> request.extensions().stream());
  }

  private <A extends CsrAttribute> Optional<A> find(Class<A> type) {
    return attributes.stream().filter(type::isInstance).map(type::cast).findFirst();
  }
}
