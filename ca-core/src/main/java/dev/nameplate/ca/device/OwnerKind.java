package dev.nameplate.ca.device;

import java.util.Locale;

/// The kinds of owner that a name, a key or a certificate can belong to.
public enum OwnerKind {
  DEVICE,
  ADMIN,
  STATION,
  /// A server of ours that answers for status, and turns to an issuing node for the rest.
  NODE,
  /// Our own servers: TLS, OCSP signer.
  SERVICE,
  ISSUER;

  /// Lower case: `device`.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// @throws IllegalArgumentException if there is no such kind
  public static OwnerKind of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
