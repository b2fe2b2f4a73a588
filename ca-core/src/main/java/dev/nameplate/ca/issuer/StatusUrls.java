package dev.nameplate.ca.issuer;

import java.net.URI;

/// Where status is published, as devices and relying parties see it: these URLs go into
/// certificates, and the status listener serves exactly these paths.
///
/// @param base the public URL of the status listener, without a slash at its end
public record StatusUrls(URI base) {

  public static final String OCSP_PATH = "/ocsp";
  public static final String CRL_PATH = "/crl/";
  public static final String ISSUER_PATH = "/ca/";

  /// The complete CRLs of all issuers in PEM, one after the other.
  public static final String BUNDLE_PATH = CRL_PATH + "all.pem";

  /// The last checkpoint of the audit log, as a JWS.
  public static final String CHECKPOINT_PATH = CRL_PATH + "checkpoint.jws";

  public StatusUrls {
    if (base.getScheme() == null || base.getHost() == null || base.toString().endsWith("/")) {
      throw new IllegalArgumentException("not an absolute URL without a slash at its end: " + base);
    }
  }

  public URI ocsp() {
    return URI.create(base + OCSP_PATH);
  }

  /// One stable URL per issuer and scope.
  public URI crl(IssuerId issuer, CrlScope scope) {
    return URI.create(base + crlPath(issuer, scope));
  }

  /// The delta to that CRL.
  public URI delta(IssuerId issuer, CrlScope scope) {
    return URI.create(base + deltaPath(issuer, scope));
  }

  public URI bundle() {
    return URI.create(base + BUNDLE_PATH);
  }

  /// The issuer's own certificate in DER (AIA caIssuers).
  public URI certificate(IssuerId issuer) {
    return URI.create(base + certificatePath(issuer));
  }

  public static String crlPath(IssuerId issuer, CrlScope scope) {
    return CRL_PATH + shortened(issuer) + "/" + scope + ".crl";
  }

  public static String deltaPath(IssuerId issuer, CrlScope scope) {
    return CRL_PATH + shortened(issuer) + "/" + scope + ".delta.crl";
  }

  public static String certificatePath(IssuerId issuer) {
    return ISSUER_PATH + shortened(issuer) + ".cer";
  }

  // 128 bits name an issuer well enough; longer URLs make an EST answer with a P-256 certificate
  // longer than the 1,000 characters that every client reads on one line
  private static String shortened(IssuerId issuer) {
    return issuer.hex().substring(0, 32);
  }
}
