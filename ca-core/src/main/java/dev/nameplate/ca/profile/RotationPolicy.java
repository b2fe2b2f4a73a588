package dev.nameplate.ca.profile;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// How a certificate gives way to the next one.
///
/// @param windowStart the part of its life, 0 to 1, after which a certificate should be renewed
/// @param earlyRenewal whether renewal before that is answered all the same
/// @param sameKeyRenewals how often in a row a renewal may keep its key
/// @param supersede when the old certificate ends once the new one is confirmed
/// @param pendingCap how long a renewed certificate may wait to be seen in use before it is voided
///   and the old one is all there is; empty if it may wait until it expires
/// @param nameMatch what counts as the same name
/// @param changeNames whether a renewal may ask for other names (RFC 6402 section 2.8)
public record RotationPolicy(
    double windowStart,
    boolean earlyRenewal,
    int sameKeyRenewals,
    Supersede supersede,
    Optional<Duration> pendingCap,
    NameMatch nameMatch,
    boolean changeNames) {

  /// As often as one likes.
  public static final int UNLIMITED = Integer.MAX_VALUE;

  /// When an old certificate ends.
  public sealed interface Supersede {

    Supersede ON_CONFIRM = new OnConfirm();
    Supersede AT_EXPIRY = new AtExpiry();

    /// It is revoked as `superseded` in the moment its successor is first seen in use.
    record OnConfirm() implements Supersede {}

    /// The same, but so much later.
    record AfterGrace(Duration grace) implements Supersede {
      public AfterGrace {
        if (grace.isNegative() || grace.isZero()) {
          throw new IllegalArgumentException("a grace of " + grace);
        }
      }
    }

    /// It stays valid until its notAfter.
    record AtExpiry() implements Supersede {}
  }

  /// How a request's names are compared with those of the certificate that is renewed.
  public enum NameMatch {
    /// By RFC 5280 section 7: case and inner space do not count, nor does the order of
    /// subjectAltNames.
    RFC5280,
    /// To the byte.
    BYTES
  }

  public RotationPolicy {
    if (!(windowStart >= 0 && windowStart <= 1)) {
      throw new IllegalArgumentException("a renewal window that starts at " + windowStart);
    }
    if (sameKeyRenewals < 0) {
      throw new IllegalArgumentException(sameKeyRenewals + " renewals with the same key");
    }
    if (pendingCap.isPresent() && pendingCap.get().compareTo(Duration.ofHours(1)) < 0) {
      throw new IllegalArgumentException("a pending cap of " + pendingCap.get());
    }
  }

  /// Names compared as RFC 5280 does and never changed, and nothing voided.
  ///
  /// @param sameKey whether a renewal may keep its key
  public RotationPolicy(
      double windowStart, boolean earlyRenewal, boolean sameKey, Supersede supersede) {
    this(
        windowStart,
        earlyRenewal,
        sameKey ? UNLIMITED : 0,
        supersede,
        Optional.empty(),
        NameMatch.RFC5280,
        false);
  }

  /// When a certificate should long have been renewed: half-way from the beginning of its renewal
  /// window to its end. Clients are told to renew before that.
  public Instant overdueAt(Instant notBefore, Instant notAfter) {
    double part = (1 + windowStart) / 2;
    return notBefore.plusSeconds(
        (long) (Duration.between(notBefore, notAfter).toSeconds() * part));
  }
}
