package dev.nameplate.server.ceremony;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/// Tells a wrong PIN before the token is asked, which would count it. Kept only beside a SoftHSM
/// token in the root's own folder: whoever has that can try PINs on the token itself, too.
record PinCheck(String salt, String hash) {

  private static final int ITERATIONS = 600_000;
  private static final int BITS = 256;
  private static final HexFormat HEX = HexFormat.of();

  static PinCheck of(byte[] pin, RandomGenerator random) {
    var salt = new byte[16];
    random.nextBytes(salt);
    return new PinCheck(HEX.formatHex(salt), HEX.formatHex(derive(pin, salt)));
  }

  boolean accepts(byte[] pin) {
    return MessageDigest.isEqual(HEX.parseHex(hash), derive(pin, HEX.parseHex(salt)));
  }

  private static byte[] derive(byte[] pin, byte[] salt) {
    var letters = new char[pin.length];
    for (int i = 0; i < pin.length; i++) {
      letters[i] = (char) (pin[i] & 0xff);
    }
    var spec = new PBEKeySpec(letters, salt, ITERATIONS, BITS);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("a JDK without PBKDF2", impossible);
    } finally {
      spec.clearPassword();
      Arrays.fill(letters, '\0');
    }
  }
}
