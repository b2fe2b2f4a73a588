package dev.nameplate.ca.profile;

/// How a certificate gives way to the next one.
///
/// @param windowStart the part of its life, 0 to 1, after which a certificate should be renewed
/// @param earlyRenewal whether renewal before that is answered all the same
/// @param sameKey whether a renewal may keep its key
/// @param supersede when the old certificate ends once the new one is confirmed
public record RotationPolicy(
    double windowStart, boolean earlyRenewal, boolean sameKey, Supersede supersede) {

  /// When an old certificate ends.
  public enum Supersede {
    /// It is revoked as `superseded` in the moment its successor is first seen in use.
    ON_CONFIRM,
    /// It stays valid until its notAfter.
    AT_EXPIRY
  }

  public RotationPolicy {
    if (!(windowStart >= 0 && windowStart <= 1)) {
      throw new IllegalArgumentException("a renewal window that starts at " + windowStart);
    }
  }
}
