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
    int largestRequest,
    int mostCertIds,
    Duration validity,
    Duration maxAge,
    Duration retryAfter,
    Remembering remembering,
    Signing signing,
    Rules rules) {

  /// Which answers are given again without another signature.
  ///
  /// @param bytes how much memory they may take, about; 0 remembers none
  /// @param refresh how old one becomes before it is signed anew. Whoever changes a status drops it
  ///   at once; this is for the day on which that word did not arrive.
  public record Remembering(long bytes, Duration refresh) {

    public static final Remembering USUAL = new Remembering(64L << 20, Duration.ofHours(1));

    public Remembering {
      if (bytes < 0) {
        throw new IllegalArgumentException("room for OCSP answers of " + bytes + " bytes");
      }
      if (!refresh.isPositive()) {
        throw new IllegalArgumentException("OCSP answers that are refreshed after " + refresh);
      }
    }
  }

  /// How much is signed.
  ///
  /// @param queue how many signatures may be under way or waited for at once; whoever comes then is
  ///   told to try later
  /// @param patience how long a request waits for the signature that another one asked for
  public record Signing(int queue, Duration patience) {

    public static final Signing USUAL = new Signing(128, Duration.ofSeconds(5));

    public Signing {
      if (queue < 1 || queue > 10_000) {
        throw new IllegalArgumentException(
            "an OCSP signing queue of " + queue + "; 1 to 10000 are allowed");
      }
      if (!patience.isPositive()) {
        throw new IllegalArgumentException("OCSP requests that wait for " + patience);
      }
    }
  }

  /// What becomes of a nonce (RFC 9654).
  public enum Nonces {
    /// Who sends one gets it back, in an answer that was signed for him.
    ECHO,
    /// It is as if there were none: everybody gets the same answer.
    IGNORE,
    /// Who sends none has sent a malformed request.
    REQUIRE
  }

  /// What is said of a serial that its issuer never used.
  public enum NeverIssued {
    UNKNOWN,
    /// On hold since 1970, with the extension of RFC 6960 section 4.4.8 that says why.
    REVOKED
  }

  /// What is answered.
  ///
  /// @param retention for how long after its end a certificate is still answered for
  /// @param archiveCutoff whether answers say so (RFC 6960 section 4.4.4)
  /// @param cascade whether the certificates of a CA are revoked when its own certificate is
  public record Rules(
      Nonces nonces,
      NeverIssued neverIssued,
      Duration retention,
      boolean archiveCutoff,
      boolean cascade) {

    public static final Rules USUAL =
        new Rules(Nonces.ECHO, NeverIssued.UNKNOWN, Duration.ofDays(30), false, true);

    public Rules {
      if (retention.isNegative()) {
        throw new IllegalArgumentException("expired certificates are answered for " + retention);
      }
    }
  }

  public static final OcspSettings DEFAULT =
      new OcspSettings(
          10 * 1024,
          16,
          Duration.ofHours(12),
          Duration.ofMinutes(5),
          Duration.ofSeconds(10),
          Remembering.USUAL,
          Signing.USUAL,
          Rules.USUAL);

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

  public OcspSettings lasting(Duration otherValidity, Duration otherMaxAge) {
    return new OcspSettings(
        largestRequest,
        mostCertIds,
        otherValidity,
        otherMaxAge,
        retryAfter,
        remembering,
        signing,
        rules);
  }

  public OcspSettings with(Remembering other) {
    return new OcspSettings(
        largestRequest, mostCertIds, validity, maxAge, retryAfter, other, signing, rules);
  }

  public OcspSettings with(Signing other) {
    return new OcspSettings(
        largestRequest, mostCertIds, validity, maxAge, retryAfter, remembering, other, rules);
  }

  public OcspSettings with(Rules other) {
    return new OcspSettings(
        largestRequest, mostCertIds, validity, maxAge, retryAfter, remembering, signing, other);
  }
}
