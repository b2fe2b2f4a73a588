package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.IssuerId;
import java.math.BigInteger;

/// Somebody asked for a serial that the issuer never used: somebody may have seen a certificate
/// that was forged, or made by a stolen key. Anybody can cause this by asking, so whoever listens
/// counts, and does not write a line for each. Called from many threads; must not block.
public interface NeverIssuedAlarm {

  void neverIssued(IssuerId issuer, BigInteger serial);
}
