package dev.nameplate.ca.x509;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.jspecify.annotations.Nullable;

/// What the certificate of an authority lets it do, as it says itself.
///
/// @param authority whether it says CA:TRUE
/// @param pathLength how many authorities may follow below it; empty if it does not say
/// @param signsCertificates by its keyUsage
/// @param signsCrls by its keyUsage
/// @param names to which names it is limited
/// @param crls where the CRL is that tells whether it is good
public record AuthorityLimits(
    boolean authority,
    OptionalInt pathLength,
    boolean signsCertificates,
    boolean signsCrls,
    Optional<NameConstraints> names,
    List<URI> crls) {

  public AuthorityLimits {
    crls = List.copyOf(crls);
  }

  /// @throws MalformedCertificateException if one of these extensions cannot be read
  public static AuthorityLimits of(Certificate certificate) throws MalformedCertificateException {
    try {
      var extensions =
          org.bouncycastle.asn1.x509.Certificate.getInstance(certificate.der().toByteArray())
              .getTBSCertificate()
              .getExtensions();
      if (extensions == null) {
        return new AuthorityLimits(
            false, OptionalInt.empty(), false, false, Optional.empty(), List.of());
      }
      var constraints = BasicConstraints.fromExtensions(extensions);
      var usage = KeyUsage.fromExtensions(extensions);
      var names = extensions.getExtension(Extension.nameConstraints);
      return new AuthorityLimits(
          constraints != null && constraints.isCA(),
          constraints == null || constraints.getPathLenConstraint() == null
              ? OptionalInt.empty()
              : OptionalInt.of(constraints.getPathLenConstraint().intValueExact()),
          usage != null && usage.hasUsages(KeyUsage.keyCertSign),
          usage != null && usage.hasUsages(KeyUsage.cRLSign),
          names == null
              ? Optional.empty()
              : Optional.of(
                  NameConstraints.parse(
                      Der.of(
                          names.getParsedValue().toASN1Primitive().getEncoded(ASN1Encoding.DER)))),
          crls(CRLDistPoint.fromExtensions(extensions)));
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedCertificateException("an extension that cannot be read");
    }
  }

  private static List<URI> crls(@Nullable CRLDistPoint points) {
    var urls = new ArrayList<URI>();
    if (points == null) {
      return urls;
    }
    for (var point : points.getDistributionPoints()) {
      var where = point.getDistributionPoint();
      if (where != null && where.getType() == DistributionPointName.FULL_NAME) {
        for (var name : GeneralNames.getInstance(where.getName()).getNames()) {
          if (name.getTagNo() == GeneralName.uniformResourceIdentifier) {
            urls.add(URI.create(ASN1String.class.cast(name.getName()).getString()));
          }
        }
      }
    }
    return urls;
  }
}
