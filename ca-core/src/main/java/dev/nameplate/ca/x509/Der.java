package dev.nameplate.ca.x509;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/// DER-encoded bytes that never change: copied on the way in and on the way out.
public final class Der {

  private final byte[] bytes;

  private Der(byte[] bytes) {
    this.bytes = bytes;
  }

  public static Der of(byte[] bytes) {
    return new Der(bytes.clone());
  }

  public byte[] toByteArray() {
    return bytes.clone();
  }

  public int length() {
    return bytes.length;
  }

  /// The 32 bytes of SHA-256 over the encoding.
  public byte[] sha256() {
    return sha256(bytes);
  }

  public String sha256Hex() {
    return HexFormat.of().formatHex(sha256());
  }

  public static byte[] sha256(byte[] data) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(data);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Der that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "Der[" + bytes.length + " bytes, sha256 " + sha256Hex() + "]";
  }
}
