package dev.nameplate.ca.x509;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;

/// DER-encoded bytes that never change: copied on the way in and on the way out.
public final class Der {

  private static final int DEEPEST = 32;
  private static final int LONGEST_OID = 64;
  private static final int CONSTRUCTED = 0x20;
  private static final int LONG_TAG = 0x1f;
  private static final int OBJECT_IDENTIFIER = 6;

  private final byte[] bytes;

  private Der(byte[] bytes) {
    this.bytes = bytes;
  }

  public static Der of(byte[] bytes) {
    return new Der(bytes.clone());
  }

  /// Of parts that follow each other, `length` bytes in all; one part is asked for after the other,
  /// so that what is large need not be there twice.
  ///
  /// @throws IllegalArgumentException if they are more or fewer
  public static Der joined(int length, Iterator<byte[]> parts) {
    byte[] whole = new byte[length];
    int at = 0;
    while (parts.hasNext()) {
      byte[] part = parts.next();
      if (part.length > length - at) {
        throw new IllegalArgumentException("more than " + length + " bytes");
      }
      System.arraycopy(part, 0, whole, at, part.length);
      at += part.length;
    }
    if (at != length) {
      throw new IllegalArgumentException(at + " bytes instead of " + length);
    }
    return new Der(whole);
  }

  public byte[] toByteArray() {
    return bytes.clone();
  }

  /// The bytes where they are, to be read only: for what is too large to be copied.
  public ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  /// As [#checkStructure(byte\[\])] does it with what may not be DER.
  ///
  /// @throws MalformedDerException if it is not so
  public void checkStructure() throws MalformedDerException {
    checkStructure(bytes);
  }

  public int length() {
    return bytes.length;
  }

  /// Walks over tags and lengths without decoding anything, so that a decoder that recurses can be
  /// called afterwards: one value and nothing behind it, every length definite and within what
  /// surrounds it, at most 32 values within each other, no object identifier of over 64 octets.
  /// What is packed in OCTET STRINGs and BIT STRINGs is not looked at.
  ///
  /// @throws MalformedDerException if it is not so
  public static void checkStructure(byte[] encoded) throws MalformedDerException {
    int[] ends = new int[DEEPEST + 1];
    ends[0] = encoded.length;
    int depth = 0;
    int at = 0;
    do {
      int tag = octet(encoded, at++, ends[depth]);
      if ((tag & LONG_TAG) == LONG_TAG) {
        while ((octet(encoded, at++, ends[depth]) & 0x80) != 0) {
          // the rest of a tag number of many octets
        }
      }
      int length = octet(encoded, at++, ends[depth]);
      if (length >= 0x80) {
        int octets = length & 0x7f;
        if (octets < 1 || octets > 4) {
          throw new MalformedDerException(
              "a length of indefinite form or of " + octets + " octets");
        }
        length = 0;
        for (int i = 0; i < octets; i++) {
          length = (length << 8) | octet(encoded, at++, ends[depth]);
        }
      }
      if (length < 0 || length > ends[depth] - at) {
        throw new MalformedDerException("a value that is longer than what surrounds it");
      }
      if ((tag & CONSTRUCTED) != 0) {
        if (depth == DEEPEST) {
          throw new MalformedDerException("more than " + DEEPEST + " values within each other");
        }
        ends[++depth] = at + length;
      } else {
        if (tag == OBJECT_IDENTIFIER && length > LONGEST_OID) {
          throw new MalformedDerException("an object identifier of " + length + " octets");
        }
        at += length;
      }
      while (depth > 0 && at == ends[depth]) {
        depth--;
      }
    } while (depth > 0);
    if (at != encoded.length) {
      throw new MalformedDerException((encoded.length - at) + " bytes behind its end");
    }
  }

  private static int octet(byte[] encoded, int at, int end) throws MalformedDerException {
    if (at >= end) {
      throw new MalformedDerException("a value that ends too soon");
    }
    return encoded[at] & 0xff;
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
