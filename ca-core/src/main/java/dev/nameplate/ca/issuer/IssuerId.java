package dev.nameplate.ca.issuer;

import dev.nameplate.ca.x509.PublicKeyInfo;
import java.util.regex.Pattern;

/// An issuer is a name and a key, not a certificate; its id is the SHA-256 of its
/// SubjectPublicKeyInfo, as 64 lower-case hex digits.
public record IssuerId(String hex) {

  private static final Pattern SHAPE = Pattern.compile("[0-9a-f]{64}");

  public IssuerId {
    if (!SHAPE.matcher(hex).matches()) {
      throw new IllegalArgumentException("not an issuer id: " + hex);
    }
  }

  public static IssuerId of(PublicKeyInfo publicKey) {
    return new IssuerId(publicKey.fingerprint().hex());
  }

  @Override
  public String toString() {
    return hex;
  }
}
