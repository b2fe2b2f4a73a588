package dev.nameplate.ocsp;

import java.time.Duration;

/// How the status listener answers.
///
/// @param largestRequest in bytes of DER; larger ones are refused before they are read
/// @param mostCertIds how many certificates one request may ask for
/// @param validity from thisUpdate to nextUpdate of an OCSP answer, at most
/// @param maxAge how long a cache on the way may keep an answer or a CRL: for so long a revocation
///   may stay unseen behind it
/// @param retryAfter what is said to a client whose answer cannot be given now
public record OcspSettings(
    int largestRequest, int mostCertIds, Duration validity, Duration maxAge, Duration retryAfter) {

  public static final OcspSettings DEFAULT =
      new OcspSettings(
          10 * 1024, 16, Duration.ofHours(12), Duration.ofMinutes(5), Duration.ofSeconds(10));

  public OcspSettings {
    if (largestRequest < 256 || largestRequest > 64 * 1024) {
      throw new IllegalArgumentException(
          "OCSP requests of at most " + largestRequest + " bytes; 256 to 65536 are allowed");
    }
    if (mostCertIds < 1 || mostCertIds > 100) {
      throw new IllegalArgumentException(
          mostCertIds + " certificates in one OCSP request; 1 to 100 are allowed");
    }
    if (validity.compareTo(Duration.ofMinutes(1)) < 0) {
      throw new IllegalArgumentException("an OCSP validity of " + validity);
    }
    if (maxAge.isNegative() || maxAge.compareTo(validity) >= 0) {
      throw new IllegalArgumentException(
          "caches may not keep an answer for " + maxAge + " that is good for " + validity);
    }
    if (retryAfter.toSeconds() < 1) {
      throw new IllegalArgumentException("a Retry-After of " + retryAfter);
    }
  }
}
