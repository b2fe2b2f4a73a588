package dev.nameplate.hsm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// One attribute of an object in a token: its CKA type and its value as C sees it. Internal to the
/// binding, so the bytes are not copied.
///
/// @param value a CK_BBOOL, a CK_ULONG, an array of these, or plain bytes
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Attribute(long type, byte[] value) {

  static Attribute of(long type, boolean value) {
    return new Attribute(type, new byte[] {(byte) (value ? 1 : 0)});
  }

  static Attribute of(long type, long value) {
    return new Attribute(
        type,
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(value).array());
  }

  static Attribute of(long type, String value) {
    return new Attribute(type, value.getBytes(StandardCharsets.UTF_8));
  }
}
