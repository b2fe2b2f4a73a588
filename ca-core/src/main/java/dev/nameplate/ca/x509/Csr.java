package dev.nameplate.ca.x509;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/// A PKCS#10 certification request (RFC 2986) whose proof of possession was checked. Comes only
/// from [#parse], so holding one means that the sender has the private key.
public final class Csr {

  private static final int LARGEST = 16 * 1024;
  private static final int MOST_ATTRIBUTES = 16;
  private static final int MOST_EXTENSIONS = 32;

  /// Attributes that prove possession on one connection only, and so differ between two sendings of
  /// one request: challengePassword, and the three of RFC 7894.
  private static final Set<ASN1ObjectIdentifier> PROOF_ATTRIBUTES =
      Set.of(
          PKCSObjectIdentifiers.pkcs_9_at_challengePassword,
          new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.2.56"),
          new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.2.57"),
          new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.2.58"));

  private final Der der;
  private final DistinguishedName subject;
  private final PublicKeyInfo publicKey;
  private final Optional<Der> subjectAltName;
  private final Set<String> requestedExtensions;
  private final boolean linked;
  private final String contentSha256;

  private Csr(
      Der der,
      DistinguishedName subject,
      PublicKeyInfo publicKey,
      Optional<Extensions> extensions,
      boolean linked,
      String contentSha256)
      throws IOException {
    this.der = der;
    this.subject = subject;
    this.publicKey = publicKey;
    this.linked = linked;
    this.contentSha256 = contentSha256;
    var oids = new TreeSet<String>();
    Optional<Der> san = Optional.empty();
    if (extensions.isPresent()) {
      for (var oid : extensions.get().getExtensionOIDs()) {
        oids.add(oid.getId());
      }
      var extension = extensions.get().getExtension(Extension.subjectAlternativeName);
      if (extension != null) {
        san =
            Optional.of(
                Der.of(
                    GeneralNames.getInstance(extension.getParsedValue())
                        .getEncoded(ASN1Encoding.DER)));
      }
    }
    this.subjectAltName = san;
    this.requestedExtensions = Set.copyOf(oids);
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
      throw new MalformedCsrException(key.reason());
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
    return sign(subject, publicKey, new DERSet(), algorithm, sign);
  }

  /// The same, asking for a subjectAltName as [SubjectAltName] makes it.
  public static Der sign(
      DistinguishedName subject,
      PublicKeyInfo publicKey,
      Der subjectAltName,
      SignatureAlgorithm algorithm,
      UnaryOperator<byte[]> sign) {
    var extensions =
        new Extensions(
            new Extension(Extension.subjectAlternativeName, false, subjectAltName.toByteArray()));
    var attribute =
        new Attribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, new DERSet(extensions));
    return sign(subject, publicKey, new DERSet(attribute), algorithm, sign);
  }

  private static Der sign(
      DistinguishedName subject,
      PublicKeyInfo publicKey,
      ASN1Set attributes,
      SignatureAlgorithm algorithm,
      UnaryOperator<byte[]> sign) {
    var info =
        new CertificationRequestInfo(
            X500Name.getInstance(subject.der().toByteArray()),
            SubjectPublicKeyInfo.getInstance(publicKey.spki().toByteArray()),
            attributes);
    try {
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

  /// The OIDs of the extensions that were asked for, sorted; asking grants nothing.
  public Set<String> requestedExtensions() {
    return requestedExtensions;
  }

  /// Whether it carries an attribute that ties it to one connection or one password (RFC 7030
  /// section 3.5, RFC 7894), which whoever answers then has to verify.
  public boolean isLinked() {
    return linked;
  }

  /// SHA-256 in hex over the request's content without signature and proof-of-possession
  /// attributes: the same for a request that was signed again on another connection.
  public String contentSha256() {
    return contentSha256;
  }

  private static Csr decode(byte[] encoded)
      throws IOException, MalformedCsrException, UnacceptableKeyException {
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
                    "signature algorithm "
                        + request.getSignatureAlgorithm().getAlgorithm()
                        + " is not accepted"));
    if (!algorithm.fits(publicKey.type())) {
      throw new MalformedCsrException(
          "a " + publicKey.type().text() + " key cannot sign with " + algorithm.jcaName());
    }
    var subject = DistinguishedName.parse(info.getSubject().getEncoded(ASN1Encoding.DER));
    var attributes = info.getAttributes() == null ? new DERSet() : info.getAttributes();
    if (attributes.size() > MOST_ATTRIBUTES) {
      throw new MalformedCsrException(
          attributes.size() + " attributes; at most " + MOST_ATTRIBUTES);
    }
    var extensions = extensions(attributes);
    if (!publicKey.verifies(
        algorithm, info.getEncoded(ASN1Encoding.DER), request.getSignature().getOctets())) {
      throw new MalformedCsrException("the signature does not prove possession of the key");
    }
    return new Csr(
        Der.of(encoded),
        subject,
        publicKey,
        extensions,
        isLinked(attributes),
        contentWithoutProof(info, attributes));
  }

  private static boolean isLinked(ASN1Set attributes) {
    for (ASN1Encodable element : attributes) {
      if (PROOF_ATTRIBUTES.contains(Attribute.getInstance(element).getAttrType())) {
        return true;
      }
    }
    return false;
  }

  private static Optional<Extensions> extensions(ASN1Set attributes) throws MalformedCsrException {
    Optional<Extensions> found = Optional.empty();
    for (ASN1Encodable element : attributes) {
      var attribute = Attribute.getInstance(element);
      if (!attribute.getAttrType().equals(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest)) {
        continue;
      }
      if (found.isPresent() || attribute.getAttrValues().size() != 1) {
        throw new MalformedCsrException("more than one extensionRequest");
      }
      var extensions = Extensions.getInstance(attribute.getAttrValues().getObjectAt(0));
      if (extensions.getExtensionOIDs().length > MOST_EXTENSIONS) {
        throw new MalformedCsrException("more than " + MOST_EXTENSIONS + " extensions");
      }
      found = Optional.of(extensions);
    }
    return found;
  }

  private static String contentWithoutProof(CertificationRequestInfo info, ASN1Set attributes)
      throws IOException {
    var kept = new ASN1EncodableVector();
    for (ASN1Encodable element : attributes) {
      if (!PROOF_ATTRIBUTES.contains(Attribute.getInstance(element).getAttrType())) {
        kept.add(element);
      }
    }
    var content =
        new CertificationRequestInfo(
            info.getSubject(), info.getSubjectPublicKeyInfo(), new DERSet(kept));
    return Der.of(content.getEncoded(ASN1Encoding.DER)).sha256Hex();
  }
}
