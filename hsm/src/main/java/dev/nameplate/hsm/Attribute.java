package dev.nameplate.hsm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// One attribute of an object in a token: its type, and its value as C sees it, which is a
/// CK_BBOOL, a CK_ULONG, an array of these, or plain bytes.
final class Attribute {

  private final Cka type;
  private final byte[] value;

  private Attribute(Cka type, byte[] value) {
    this.type = type;
    this.value = value;
  }

  static Attribute of(Cka type, byte[] value) {
    return new Attribute(type, value.clone());
  }

  static Attribute of(Cka type, boolean value) {
    return new Attribute(type, new byte[] {(byte) (value ? 1 : 0)});
  }

  static Attribute of(Cka type, long value) {
    return new Attribute(
        type,
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(value).array());
  }

  static Attribute of(Cka type, String value) {
    return new Attribute(type, value.getBytes(StandardCharsets.UTF_8));
  }

  Cka type() {
    return type;
  }

  byte[] value() {
    return value.clone();
  }
}
