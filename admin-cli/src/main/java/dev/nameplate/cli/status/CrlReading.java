package dev.nameplate.cli.status;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/// A CRL as it came (RFC 5280 section 5). Nothing in it is checked yet.
///
/// @param number empty if it has none, which it must
/// @param authorityKey of the authority key identifier, in hex
/// @param base of which number a delta CRL is the change; empty if it is complete
/// @param scope what it covers, if it covers only a part
/// @param freshest where the delta CRLs are that go with it
public record CrlReading(
    X509CRL crl,
    Optional<BigInteger> number,
    Optional<String> authorityKey,
    Optional<BigInteger> base,
    Optional<Scope> scope,
    List<URI> freshest) {

  /// An issuing distribution point (section 5.2.5).
  ///
  /// @param critical as it must be
  /// @param urls of the distribution point itself
  public record Scope(boolean critical, List<URI> urls) {}

  /// @throws MalformedStatusException if it is not a CRL in DER
  public static CrlReading parse(byte[] der) throws MalformedStatusException {
    try {
      var crl =
          (X509CRL)
              CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
      if (crl == null || !Arrays.equals(crl.getEncoded(), der)) {
        throw new MalformedStatusException("not one CRL in DER, and nothing else");
      }
      return new CrlReading(
          crl,
          number(crl, Extension.cRLNumber),
          authorityKey(crl),
          number(crl, Extension.deltaCRLIndicator),
          scope(crl),
          StatusPointers.freshest(crl));
    } catch (CRLException | CertificateException | IllegalArgumentException malformed) {
      throw new MalformedStatusException("not a CRL in DER", malformed);
    }
  }

  public boolean isSignedBy(X509Certificate issuer) {
    try {
      crl.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException not) {
      return false;
    }
  }

  public Instant thisUpdate() {
    return crl.getThisUpdate().toInstant();
  }

  /// Empty if it does not say, which it must.
  public Optional<Instant> nextUpdate() {
    return Optional.ofNullable(crl.getNextUpdate()).map(date -> date.toInstant());
  }

  public boolean lists(X509Certificate certificate) {
    return crl.getRevokedCertificate(certificate.getSerialNumber()) != null;
  }

  /// How many entries it has.
  public int size() {
    return Optional.ofNullable(crl.getRevokedCertificates()).map(Set::size).orElse(0);
  }

  /// The subject key identifier of a certificate, in hex.
  public static Optional<String> keyIdentifier(X509Certificate certificate) {
    return Optional.ofNullable(
            certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId()))
        .map(value -> SubjectKeyIdentifier.getInstance(content(value)).getKeyIdentifier())
        .map(HexFormat.of()::formatHex);
  }

  private static Optional<BigInteger> number(X509CRL crl, ASN1ObjectIdentifier extension) {
    return Optional.ofNullable(crl.getExtensionValue(extension.getId()))
        .map(value -> ASN1Integer.getInstance(content(value)).getValue());
  }

  private static Optional<String> authorityKey(X509CRL crl) {
    return Optional.ofNullable(crl.getExtensionValue(Extension.authorityKeyIdentifier.getId()))
        .map(value -> AuthorityKeyIdentifier.getInstance(content(value)).getKeyIdentifierOctets())
        .map(HexFormat.of()::formatHex);
  }

  private static Optional<Scope> scope(X509CRL crl) {
    var extension = Extension.issuingDistributionPoint.getId();
    return Optional.ofNullable(crl.getExtensionValue(extension))
        .map(value -> {
          var point = IssuingDistributionPoint.getInstance(content(value)).getDistributionPoint();
          return new Scope(
              Optional.ofNullable(crl.getCriticalExtensionOIDs())
                  .map(critical -> critical.contains(extension))
                  .orElse(false),
              point == null ? List.of() : StatusPointers.urls(point));
        });
  }

  private static byte[] content(byte[] extensionValue) {
    return ASN1OctetString.getInstance(extensionValue).getOctets();
  }
}
