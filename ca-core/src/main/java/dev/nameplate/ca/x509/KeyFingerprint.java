package dev.nameplate.ca.x509;

import java.util.regex.Pattern;

/// The SHA-256 of a canonical SubjectPublicKeyInfo, as 64 lower-case hex digits: by this a public
/// key is known in claims, inventory and audit.
public record KeyFingerprint(String hex) {

  private static final Pattern SHAPE = Pattern.compile("[0-9a-f]{64}");

  public KeyFingerprint {
    if (!SHAPE.matcher(hex).matches()) {
      throw new IllegalArgumentException("not a key fingerprint: " + hex);
    }
  }

  @Override
  public String toString() {
    return hex;
  }
}
