package dev.nameplate.ca.x509;

import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/// An X.509 certificate that can be read: strict DER, a key above the floor. Reading it says
/// nothing about trust; see [#isSignedBy]. Equal when the bytes are.
public final class Certificate {

  private static final int LARGEST = 16 * 1024;

  private final Der der;
  private final Der tbs;
  private final SerialNumber serial;
  private final DistinguishedName issuer;
  private final DistinguishedName subject;
  private final PublicKeyInfo publicKey;
  private final Instant notBefore;
  private final Instant notAfter;
  private final SignatureAlgorithm algorithm;
  private final byte[] signature;
  private final Optional<Der> subjectAltName;
  private final Optional<String> subjectKeyIdentifier;
  private final Optional<String> authorityKeyIdentifier;
  private final boolean authority;
  private final Set<String> extendedKeyUsage;

  private Certificate(byte[] encoded, org.bouncycastle.asn1.x509.Certificate parsed)
      throws IOException,
          MalformedCertificateException,
          MalformedDerException,
          UnacceptableKeyException {
    der = Der.of(encoded);
    tbs = Der.of(parsed.getTBSCertificate().getEncoded(ASN1Encoding.DER));
    serial = new SerialNumber(parsed.getSerialNumber().getValue());
    issuer = DistinguishedName.read(parsed.getIssuer().getEncoded(ASN1Encoding.DER));
    subject = DistinguishedName.read(parsed.getSubject().getEncoded(ASN1Encoding.DER));
    publicKey = PublicKeyInfo.parse(parsed.getSubjectPublicKeyInfo().getEncoded(ASN1Encoding.DER));
    notBefore = parsed.getStartDate().getDate().toInstant();
    notAfter = parsed.getEndDate().getDate().toInstant();
    algorithm =
        SignatureAlgorithm.of(parsed.getSignatureAlgorithm())
            .orElseThrow(() ->
                new MalformedCertificateException(
                    "signature algorithm " + parsed.getSignatureAlgorithm().getAlgorithm()));
    if (!parsed.getSignatureAlgorithm().equals(parsed.getTBSCertificate().getSignature())) {
      throw new MalformedCertificateException("two different signature algorithms");
    }
    signature = parsed.getSignature().getOctets();
    var extensions = Optional.ofNullable(parsed.getTBSCertificate().getExtensions());
    var san =
        extension(extensions, Extension.subjectAlternativeName).map(GeneralNames::getInstance);
    subjectAltName =
        san.isPresent()
            ? Optional.of(Der.of(san.get().getEncoded(ASN1Encoding.DER)))
            : Optional.empty();
    subjectKeyIdentifier =
        extension(extensions, Extension.subjectKeyIdentifier)
            .map(SubjectKeyIdentifier::getInstance)
            .map(id -> HexFormat.of().formatHex(id.getKeyIdentifier()));
    authorityKeyIdentifier =
        extension(extensions, Extension.authorityKeyIdentifier)
            .map(AuthorityKeyIdentifier::getInstance)
            .map(AuthorityKeyIdentifier::getKeyIdentifierOctets)
            .map(HexFormat.of()::formatHex);
    authority =
        extension(extensions, Extension.basicConstraints)
            .map(BasicConstraints::getInstance)
            .map(BasicConstraints::isCA)
            .orElse(false);
    extendedKeyUsage =
        extension(extensions, Extension.extendedKeyUsage)
            .map(ExtendedKeyUsage::getInstance)
            .map(uses ->
                Arrays.stream(uses.getUsages())
                    .map(KeyPurposeId::getId)
                    .collect(Collectors.toUnmodifiableSet()))
            .orElse(Set.of());
  }

  /// @throws MalformedCertificateException if it is not a certificate in DER with a key that
  ///   Nameplate knows
  public static Certificate parse(byte[] encoded) throws MalformedCertificateException {
    if (encoded.length > LARGEST) {
      throw new MalformedCertificateException("a certificate of " + encoded.length + " bytes");
    }
    try {
      Der.checkStructure(encoded);
      var parsed = org.bouncycastle.asn1.x509.Certificate.getInstance(encoded);
      if (parsed == null || !Arrays.equals(parsed.getEncoded(ASN1Encoding.DER), encoded)) {
        throw new MalformedCertificateException("the certificate is not in DER");
      }
      return new Certificate(encoded, parsed);
    } catch (UnacceptableKeyException key) {
      throw new MalformedCertificateException(key.reason());
    } catch (MalformedDerException found) {
      throw new MalformedCertificateException("not an X.509 certificate in DER: " + found.reason());
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedCertificateException("not an X.509 certificate in DER");
    }
  }

  public Der der() {
    return der;
  }

  /// The signed part, as it was signed.
  public Der tbs() {
    return tbs;
  }

  public SerialNumber serial() {
    return serial;
  }

  public DistinguishedName issuer() {
    return issuer;
  }

  public DistinguishedName subject() {
    return subject;
  }

  public PublicKeyInfo publicKey() {
    return publicKey;
  }

  public Instant notBefore() {
    return notBefore;
  }

  /// The last second in which the certificate is valid.
  public Instant notAfter() {
    return notAfter;
  }

  /// Whether `when` lies within the validity, both ends included.
  public boolean isValidAt(Instant when) {
    return !when.isBefore(notBefore) && when.isBefore(notAfter.plusSeconds(1));
  }

  /// The GeneralNames of the subjectAltName.
  public Optional<Der> subjectAltName() {
    return subjectAltName;
  }

  /// The subject key identifier in hex.
  public Optional<String> subjectKeyIdentifier() {
    return subjectKeyIdentifier;
  }

  /// The keyIdentifier of the authority key identifier in hex.
  public Optional<String> authorityKeyIdentifier() {
    return authorityKeyIdentifier;
  }

  /// Whether basicConstraints says CA:TRUE.
  public boolean isAuthority() {
    return authority;
  }

  /// What extendedKeyUsage allows, as dotted OIDs; empty if there is no such extension.
  public Set<String> extendedKeyUsage() {
    return extendedKeyUsage;
  }

  /// SHA-256 of the whole encoding, in hex.
  public String sha256() {
    return der.sha256Hex();
  }

  /// Whether this key made the signature.
  public boolean isSignedBy(PublicKeyInfo key) {
    return key.verifies(algorithm, tbs.toByteArray(), signature);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Certificate that && der.equals(that.der);
  }

  @Override
  public int hashCode() {
    return der.hashCode();
  }

  @Override
  public String toString() {
    return subject + " (serial " + serial + ")";
  }

  private static Optional<ASN1Encodable> extension(
      Optional<Extensions> extensions, ASN1ObjectIdentifier oid) throws MalformedDerException {
    var extension = extensions.map(all -> all.getExtension(oid));
    if (extension.isPresent()) {
      Der.checkStructure(extension.get().getExtnValue().getOctets());
    }
    return extension.map(Extension::getParsedValue);
  }
}
