package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.policy.Decision;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.KeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.Names;
import dev.nameplate.ca.profile.CertificateProfile.StatusUrl;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.ExpectedExtension;
import dev.nameplate.ca.x509.NameConstraints;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.ca.x509.TbsCertificate;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;

/// Fills in the bytes to be signed from the profile. What the request asks for gets in only where
/// the profile says so. Pure; may be used by many threads at once.
public final class CertificateTemplate {

  private final StatusUrls urls;
  private final Optional<NameConstraints> constraints;

  public CertificateTemplate(StatusUrls urls) {
    this(urls, Optional.empty());
  }

  /// @param constraints to which names the authorities are limited that are certified
  public CertificateTemplate(StatusUrls urls, Optional<NameConstraints> constraints) {
    this.urls = urls;
    this.constraints = constraints;
  }

  /// The validity ends where the profile says, or with the authority's own certificate if that is
  /// sooner; it does not begin before the authority's.
  public TbsCertificate fill(
      Decision.Approved approved, Authority authority, SerialNumber serial, Instant now) {
    var request = approved.request();
    var profile = request.profile();
    var subject =
        switch (profile.subject()) {
          case OWNER_ID -> DistinguishedName.ofCommonName(request.requester().owner().id());
          case AS_REQUESTED -> request.csr().subject();
        };
    var seconds = now.truncatedTo(ChronoUnit.SECONDS);
    var notBefore = seconds.minus(profile.backdate());
    var notAfter = notBefore.plus(profile.validity()).minusSeconds(1);
    if (authority.certificate().isPresent()) {
      var own = authority.certificate().get();
      notBefore = notBefore.isBefore(own.notBefore()) ? own.notBefore() : notBefore;
      notAfter = notAfter.isAfter(own.notAfter()) ? own.notAfter() : notAfter;
    }
    var publicKey = request.csr().publicKey();
    var names =
        switch (profile.names()) {
          case Names.None() -> Optional.<Der>empty();
          case Names.AsRequested(), Names.Within _ -> request.subjectAltName();
        };
    var algorithm = authority.key().algorithm();

    var tbs = new V3TBSCertificateGenerator();
    tbs.setSerialNumber(new ASN1Integer(serial.value()));
    tbs.setSignature(algorithm.identifier());
    tbs.setIssuer(X500Name.getInstance(authority.issuer().name().der().toByteArray()));
    tbs.setStartDate(new Time(Date.from(notBefore)));
    tbs.setEndDate(new Time(Date.from(notAfter)));
    tbs.setSubject(X500Name.getInstance(subject.der().toByteArray()));
    tbs.setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(publicKey.spki().toByteArray()));
    try {
      tbs.setExtensions(
          extensions(profile, authority, serial, subject, publicKey, names).generate());
      var der = Der.of(tbs.generateTBSCertificate().getEncoded(ASN1Encoding.DER));
      return new TbsCertificate(
          der,
          serial,
          authority.issuer().name(),
          subject,
          publicKey,
          notBefore,
          notAfter,
          algorithm);
    } catch (IOException impossible) {
      throw new IllegalStateException("a certificate that cannot be encoded", impossible);
    }
  }

  /// The key identifier of RFC 7093 section 2, method 1: the first 160 bits of SHA-256 over the
  /// key.
  public static byte[] keyIdentifier(PublicKeyInfo publicKey) {
    return Arrays.copyOf(Der.sha256(publicKey.keyBits()), 20);
  }

  /// The extensions that say what the key may be used for, as every certificate of this profile has
  /// them: a request that asks for these asks for what it gets.
  public static List<ExpectedExtension> usage(CertificateProfile profile) {
    var usage = new ArrayList<ExpectedExtension>();
    usage.add(expected(Extension.keyUsage, true, keyUsage(profile)));
    if (!profile.extendedKeyUsage().isEmpty()) {
      usage.add(expected(Extension.extendedKeyUsage, false, extendedKeyUsage(profile)));
    }
    return List.copyOf(usage);
  }

  private static ExpectedExtension expected(
      ASN1ObjectIdentifier oid, boolean critical, ASN1Object value) {
    try {
      var der = Der.of(value.getEncoded(ASN1Encoding.DER));
      return new ExpectedExtension(oid.getId(), critical, Optional.of(der));
    } catch (IOException impossible) {
      throw new IllegalStateException("an extension that cannot be encoded", impossible);
    }
  }

  private ExtensionsGenerator extensions(
      CertificateProfile profile,
      Authority authority,
      SerialNumber serial,
      DistinguishedName subject,
      PublicKeyInfo publicKey,
      Optional<Der> names)
      throws IOException {
    var extensions = new ExtensionsGenerator();
    extensions.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        new AuthorityKeyIdentifier(authorityKeyIdentifier(authority)));
    extensions.addExtension(
        Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier(publicKey)));
    extensions.addExtension(Extension.keyUsage, true, keyUsage(profile));
    if (!profile.extendedKeyUsage().isEmpty()) {
      extensions.addExtension(Extension.extendedKeyUsage, false, extendedKeyUsage(profile));
    }
    if (profile.isAuthority()) {
      extensions.addExtension(
          Extension.basicConstraints, true, new BasicConstraints(profile.authority().getAsInt()));
      if (constraints.isPresent()) {
        extensions.addExtension(
            Extension.nameConstraints, true, constraints.get().der().toByteArray());
      }
    }
    if (names.isPresent()) {
      extensions.addExtension(
          Extension.subjectAlternativeName,
          subject.isEmpty(),
          GeneralNames.getInstance(names.get().toByteArray()));
    }
    if (profile.statusUrls().contains(StatusUrl.CRL)) {
      var point = new GeneralNames(uri(urls.crl(authority.id(), authority.scopeOf(serial))));
      extensions.addExtension(
          Extension.cRLDistributionPoints,
          false,
          new CRLDistPoint(
              new DistributionPoint[] {
                new DistributionPoint(new DistributionPointName(point), null, null)
              }));
    }
    if (profile.statusUrls().contains(StatusUrl.NO_REV_AVAIL)) {
      extensions.addExtension(Extension.noRevAvail, false, (ASN1Encodable) DERNull.INSTANCE);
    }
    var access = new ASN1EncodableVector();
    if (profile.statusUrls().contains(StatusUrl.OCSP)) {
      access.add(new AccessDescription(AccessDescription.id_ad_ocsp, uri(urls.ocsp())));
    }
    if (profile.statusUrls().contains(StatusUrl.CA_ISSUERS)) {
      access.add(
          new AccessDescription(
              AccessDescription.id_ad_caIssuers, uri(urls.certificate(authority.id()))));
    }
    if (access.size() > 0) {
      extensions.addExtension(Extension.authorityInfoAccess, false, new DERSequence(access));
    }
    if (profile.ocspNoCheck()) {
      extensions.addExtension(
          OCSPObjectIdentifiers.id_pkix_ocsp_nocheck, false, (ASN1Encodable) DERNull.INSTANCE);
    }
    return extensions;
  }

  private static byte[] authorityKeyIdentifier(Authority authority) {
    return authority
        .certificate()
        .flatMap(certificate -> certificate.subjectKeyIdentifier())
        .map(HexFormat.of()::parseHex)
        .orElseGet(() -> keyIdentifier(authority.issuer().publicKey()));
  }

  private static org.bouncycastle.asn1.x509.KeyUsage keyUsage(CertificateProfile profile) {
    int bits = 0;
    for (KeyUsage use : profile.keyUsage()) {
      bits |=
          switch (use) {
            case DIGITAL_SIGNATURE -> org.bouncycastle.asn1.x509.KeyUsage.digitalSignature;
            case KEY_ENCIPHERMENT -> org.bouncycastle.asn1.x509.KeyUsage.keyEncipherment;
            case KEY_CERT_SIGN -> org.bouncycastle.asn1.x509.KeyUsage.keyCertSign;
            case CRL_SIGN -> org.bouncycastle.asn1.x509.KeyUsage.cRLSign;
          };
    }
    return new org.bouncycastle.asn1.x509.KeyUsage(bits);
  }

  private static ExtendedKeyUsage extendedKeyUsage(CertificateProfile profile) {
    return new ExtendedKeyUsage(
        profile.extendedKeyUsage().stream()
            .map(use -> KeyPurposeId.getInstance(new ASN1ObjectIdentifier(use.oid())))
            .toArray(KeyPurposeId[]::new));
  }

  private static GeneralName uri(URI uri) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, uri.toString());
  }
}
