package dev.nameplate.server.canary;

import java.util.Locale;

/// A way on which relying parties hear of a revocation. Delta CRLs are the next one: `delta`.
public enum Channel {
  OCSP,
  CRL;

  /// As metrics and health have it.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
