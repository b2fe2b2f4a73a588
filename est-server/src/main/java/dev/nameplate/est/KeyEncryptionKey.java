package dev.nameplate.est;

import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/// An AES key that encrypts other keys. Used, and not seen.
public final class KeyEncryptionKey {

  private final byte[] bytes;

  /// @param bytes 16, 24 or 32
  private KeyEncryptionKey(byte[] bytes) {
    if (bytes.length != 16 && bytes.length != 24 && bytes.length != 32) {
      throw new IllegalArgumentException("an AES key of " + bytes.length + " bytes");
    }
    this.bytes = bytes.clone();
  }

  /// @throws IllegalArgumentException if these are not 16, 24 or 32 bytes in hex
  public static KeyEncryptionKey ofHex(String hex) {
    return new KeyEncryptionKey(HexFormat.of().parseHex(hex));
  }

  SecretKey aes() {
    return new SecretKeySpec(bytes, "AES");
  }

  /// Overwrites it; it is of no use any more.
  public void wipe() {
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String toString() {
    return "KeyEncryptionKey";
  }
}
