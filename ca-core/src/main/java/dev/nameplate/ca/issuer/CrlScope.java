package dev.nameplate.ca.issuer;

import java.util.regex.Pattern;

/// Which of an issuer's CRLs a certificate is listed on; fixed when the certificate is reserved.
public record CrlScope(String name) {

  // before the constants below: they are checked against it
  private static final Pattern SHAPE = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  /// Certificates of authorities.
  public static final CrlScope AUTHORITIES = new CrlScope("authorities");

  /// Certificates of everybody else.
  public static final CrlScope END_ENTITIES = new CrlScope("end-entities");

  public CrlScope {
    if (!SHAPE.matcher(name).matches()) {
      throw new IllegalArgumentException("not a CRL scope: " + name);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
