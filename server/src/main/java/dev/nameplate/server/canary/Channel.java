package dev.nameplate.server.canary;

import java.util.Locale;

/// A way on which relying parties hear of a revocation.
public enum Channel {
  OCSP,
  CRL,
  /// The CRL together with the delta CRL that it names.
  DELTA;

  /// As metrics and health have it.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
