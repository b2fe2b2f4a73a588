package dev.nameplate.cli.status;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/// Who signed what. Authorities may share a name; only the signature tells them apart.
public final class Issuers {

  private Issuers() {}

  public static boolean isIssuedBy(X509Certificate certificate, X509Certificate issuer) {
    return certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())
        && isSignedBy(certificate, issuer);
  }

  public static Optional<X509Certificate> issuerOf(
      X509Certificate certificate, List<X509Certificate> authorities) {
    return authorities.stream().filter(each -> isIssuedBy(certificate, each)).findFirst();
  }

  static boolean isSelfSigned(X509Certificate certificate) {
    return isIssuedBy(certificate, certificate);
  }

  private static boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) {
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException not) {
      return false;
    }
  }
}
