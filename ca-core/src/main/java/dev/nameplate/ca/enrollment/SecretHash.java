package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.x509.Der;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// How enrollment secrets are remembered: as HMAC-SHA256 under a key of the server. That is enough
/// because the secrets are generated with at least 128 random bits. May be used by many threads.
public final class SecretHash {

  private static final int KEY_BYTES = 32;

  private final SecretKeySpec key;

  /// @param serverKey 32 random bytes
  public SecretHash(byte[] serverKey) {
    if (serverKey.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "a key of " + serverKey.length + " bytes; " + KEY_BYTES + " are needed");
    }
    this.key = new SecretKeySpec(serverKey, "HmacSHA256");
  }

  public Der hash(byte[] secret) {
    return Der.of(hmac(secret));
  }

  @Override
  public String toString() {
    return "SecretHash";
  }

  private byte[] hmac(byte[] secret) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(secret);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HmacSHA256", impossible);
    }
  }
}
