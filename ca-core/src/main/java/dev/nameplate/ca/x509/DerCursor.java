package dev.nameplate.ca.x509;

import java.nio.ByteBuffer;

/// Walks over values that follow each other, without decoding or copying them. For bytes that
/// passed [Der#checkStructure]: it relies on lengths that are definite and within bounds.
final class DerCursor {

  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int OBJECT_IDENTIFIER = 0x06;
  static final int BOOLEAN = 0x01;
  static final int ENUMERATED = 0x0a;
  static final int SEQUENCE = 0x30;
  static final int UTC_TIME = 0x17;
  static final int GENERALIZED_TIME = 0x18;

  private final ByteBuffer rest;

  private DerCursor(ByteBuffer values) {
    this.rest = values;
  }

  /// Over the values that `values` holds between its position and its limit.
  static DerCursor over(ByteBuffer values) {
    return new DerCursor(values.slice());
  }

  boolean hasNext() {
    return rest.hasRemaining();
  }

  /// Whether there is a next value, with this tag.
  boolean isNext(int tag) {
    return rest.hasRemaining() && (rest.get(rest.position()) & 0xff) == tag;
  }

  /// The next value with its tag and length.
  ///
  /// @throws MalformedDerException if there is none
  ByteBuffer whole() throws MalformedDerException {
    if (!rest.hasRemaining()) {
      throw new MalformedDerException("a value that is missing");
    }
    int start = rest.position();
    int length = skipHeader();
    rest.position(rest.position() + length);
    return rest.slice(start, rest.position() - start);
  }

  /// What is in the next value, which must have this tag.
  ///
  /// @throws MalformedDerException if there is none, or another
  ByteBuffer content(int tag) throws MalformedDerException {
    if (!isNext(tag)) {
      throw new MalformedDerException("no value with the tag " + tag + " where one must be");
    }
    int length = skipHeader();
    int start = rest.position();
    rest.position(start + length);
    return rest.slice(start, length);
  }

  /// @throws MalformedDerException if there is another value
  void requireEnd() throws MalformedDerException {
    if (rest.hasRemaining()) {
      throw new MalformedDerException("a value too many");
    }
  }

  static byte[] bytes(ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.get(value.position(), bytes);
    return bytes;
  }

  private int skipHeader() {
    rest.get();
    int length = rest.get() & 0xff;
    if (length >= 0x80) {
      int octets = length & 0x7f;
      length = 0;
      for (int i = 0; i < octets; i++) {
        length = (length << 8) | (rest.get() & 0xff);
      }
    }
    return length;
  }
}
