package dev.nameplate.hsm;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// The little DER that keys and signatures in tokens need.
final class Asn1 {

  static final int INTEGER = 2;
  static final int BIT_STRING = 3;
  static final int OCTET_STRING = 4;
  static final int SEQUENCE = 0x30;

  private Asn1() {}

  /// One value; its content is these parts, one after the other.
  static byte[] value(int tag, byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    var der = new ByteArrayOutputStream(length + 4);
    der.writeBytes(header(tag, length));
    for (var part : parts) {
      der.writeBytes(part);
    }
    return der.toByteArray();
  }

  /// A value of `length` bytes, which some tokens give as it is and others, as the standard asks,
  /// inside an OCTET STRING; anything else as it is.
  static byte[] unwrap(byte[] value, int length) {
    var header = header(OCTET_STRING, length);
    boolean wrapped =
        value.length == header.length + length
            && Arrays.equals(value, 0, header.length, header, 0, header.length);
    return wrapped ? Arrays.copyOfRange(value, header.length, value.length) : value;
  }

  private static byte[] header(int tag, int length) {
    if (length < 0x80) {
      return new byte[] {(byte) tag, (byte) length};
    }
    return length < 0x100
        ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
        : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
  }
}
