package dev.nameplate.cli.est;

import dev.nameplate.ca.x509.PublicKeyInfo;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;

/// Looks at a certificate before it is used: it must be for our key and lead to an authority that
/// we trusted before we asked.
public final class IssuedCheck {

  private final List<X509Certificate> trusted;
  private final InstantSource clock;

  /// @param trusted the authorities; where some of them are roots, everything has to lead to one of
  ///   those, and the others are issuers on the way
  public IssuedCheck(List<X509Certificate> trusted, InstantSource clock) {
    this.trusted = List.copyOf(trusted);
    this.clock = clock;
  }

  /// Returns the issuers of the certificate, its own first, without the root.
  ///
  /// @param hints further issuers that may be on the way, not trusted for that
  /// @throws EstProtocolException if the certificate is not to be used
  public List<X509Certificate> chain(
      X509Certificate certificate, PublicKeyInfo ours, List<X509Certificate> hints)
      throws EstProtocolException {
    if (!Arrays.equals(certificate.getPublicKey().getEncoded(), ours.spki().toByteArray())) {
      throw new EstProtocolException("the server's certificate is for another key than ours");
    }
    return path(certificate, hints);
  }

  private List<X509Certificate> path(X509Certificate certificate, List<X509Certificate> hints)
      throws EstProtocolException {
    var roots = trusted.stream().filter(IssuedCheck::isSelfIssued).toList();
    var anchors = new HashSet<TrustAnchor>();
    for (var anchor : roots.isEmpty() ? trusted : roots) {
      anchors.add(new TrustAnchor(anchor, null));
    }
    try {
      var target = new X509CertSelector();
      target.setCertificate(certificate);
      var parameters = new PKIXBuilderParameters(anchors, target);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(clock.instant()));
      parameters.addCertStore(
          CertStore.getInstance(
              "Collection",
              new CollectionCertStoreParameters(
                  Stream.concat(
                          Stream.of(certificate), Stream.concat(trusted.stream(), hints.stream()))
                      .toList())));
      var built = (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
      var issuers = new ArrayList<X509Certificate>();
      for (var each : built.getCertPath().getCertificates()) {
        if (each instanceof X509Certificate on && !on.equals(certificate) && !isSelfIssued(on)) {
          issuers.add(on);
        }
      }
      return List.copyOf(issuers);
    } catch (CertPathBuilderException untrusted) {
      throw new EstProtocolException(
          "the server's certificate does not lead to a trusted authority, or is not valid now",
          untrusted);
    } catch (GeneralSecurityException broken) {
      throw new EstProtocolException("the server's certificate cannot be checked", broken);
    }
  }

  private static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }
}
