package dev.nameplate.ca.store;

import java.time.Instant;
import java.util.regex.Pattern;

/// Somebody who is not us saw a certificate in use: a broker, a gateway.
///
/// @param fingerprint SHA-256 of the whole certificate, in lower-case hex
/// @param source who saw it, in the form of a device's name: `broker-3`
public record Sighting(String fingerprint, String source, Instant at) {

  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SOURCE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  public Sighting {
    requireFingerprint(fingerprint);
    if (!SOURCE.matcher(source).matches()) {
      throw new IllegalArgumentException(
          "a source is 1 to 64 letters, digits, dots, dashes and underscores");
    }
  }

  /// @throws IllegalArgumentException unless it is 64 lower-case hex digits
  public static String requireFingerprint(String text) {
    if (!FINGERPRINT.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "a fingerprint is the SHA-256 of the certificate: 64 lower-case hex digits");
    }
    return text;
  }
}
