package dev.nameplate.cli.status;

import java.net.URI;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.cert.X509Extension;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;

/// Where a certificate says that its status can be had, in its order (RFC 5280 sections 4.2.1.13,
/// 4.2.1.15 and 4.2.2.1). Only HTTP is of interest.
///
/// @param ocsp responders
/// @param issuers its issuer's certificate
/// @param crls the lists that it is on once it is revoked
/// @param deltas what came after those lists
public record StatusPointers(List<URI> ocsp, List<URI> issuers, List<URI> crls, List<URI> deltas) {

  public StatusPointers {
    ocsp = List.copyOf(ocsp);
    issuers = List.copyOf(issuers);
    crls = List.copyOf(crls);
    deltas = List.copyOf(deltas);
  }

  /// @throws MalformedStatusException if one of the extensions cannot be read
  public static StatusPointers of(X509Certificate certificate) throws MalformedStatusException {
    try {
      return new StatusPointers(
          access(certificate, AccessDescription.id_ad_ocsp),
          access(certificate, AccessDescription.id_ad_caIssuers),
          distribution(certificate, Extension.cRLDistributionPoints),
          distribution(certificate, Extension.freshestCRL));
    } catch (IllegalArgumentException malformed) {
      throw new MalformedStatusException(
          "the certificate's pointers to its status cannot be read", malformed);
    }
  }

  /// The same URL at another host: the status listener as it is reached from here.
  ///
  /// @param base replaces scheme, host and port; a path in it comes before the URL's own
  public static URI at(URI base, URI url) {
    var query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    return URI.create(
        base.getScheme()
            + "://"
            + base.getRawAuthority()
            + base.getRawPath().replaceFirst("/+$", "")
            + url.getRawPath()
            + query);
  }

  /// @throws IllegalArgumentException if the extension cannot be read
  static List<URI> freshest(X509CRL crl) {
    return distribution(crl, Extension.freshestCRL);
  }

  /// @throws IllegalArgumentException if the name cannot be read
  static List<URI> urls(DistributionPointName name) {
    return name.getType() == DistributionPointName.FULL_NAME
        ? urls(GeneralNames.getInstance(name.getName()).getNames())
        : List.of();
  }

  private static List<URI> access(X509Extension from, ASN1ObjectIdentifier method) {
    var value = from.getExtensionValue(Extension.authorityInfoAccess.getId());
    var found = new ArrayList<GeneralName>();
    if (value != null) {
      var access = AuthorityInformationAccess.getInstance(content(value));
      for (var each : access.getAccessDescriptions()) {
        if (each.getAccessMethod().equals(method)) {
          found.add(each.getAccessLocation());
        }
      }
    }
    return urls(found.toArray(GeneralName[]::new));
  }

  private static List<URI> distribution(X509Extension from, ASN1ObjectIdentifier extension) {
    var value = from.getExtensionValue(extension.getId());
    var found = new ArrayList<URI>();
    if (value != null) {
      for (var point : CRLDistPoint.getInstance(content(value)).getDistributionPoints()) {
        if (point.getDistributionPoint() != null) {
          found.addAll(urls(point.getDistributionPoint()));
        }
      }
    }
    return found;
  }

  private static byte[] content(byte[] extensionValue) {
    return ASN1OctetString.getInstance(extensionValue).getOctets();
  }

  private static List<URI> urls(GeneralName... names) {
    var urls = new ArrayList<URI>();
    for (var name : names) {
      if (name.getTagNo() == GeneralName.uniformResourceIdentifier) {
        var url = URI.create(ASN1IA5String.getInstance(name.getName()).getString());
        if (("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
            && url.getHost() != null) {
          urls.add(url);
        }
      }
    }
    return urls;
  }
}
