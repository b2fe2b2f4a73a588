package dev.nameplate.hsm;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/// A PIN for as long as one call needs it: closing wipes it. The array belongs to the Pin.
final class Pin implements AutoCloseable {

  private static final HexFormat HEX = HexFormat.of();

  private final byte[] bytes;

  Pin(byte[] bytes) {
    this.bytes = bytes;
  }

  /// 128 random bits, as 32 hex digits.
  static Pin random(RandomGenerator random) {
    var secret = new byte[16];
    random.nextBytes(secret);
    var digits = new byte[2 * secret.length];
    for (int i = 0; i < secret.length; i++) {
      digits[2 * i] = (byte) HEX.toHighHexDigit(secret[i]);
      digits[2 * i + 1] = (byte) HEX.toLowHexDigit(secret[i]);
    }
    Arrays.fill(secret, (byte) 0);
    return new Pin(digits);
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(bytes);
  }

  /// A copy, which the caller wipes.
  char[] toChars() {
    var decoded = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes));
    var characters = new char[decoded.remaining()];
    decoded.get(characters);
    Arrays.fill(decoded.array(), '\0');
    return characters;
  }

  MemorySegment copyTo(Arena arena) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
  }

  @Override
  public void close() {
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String toString() {
    return "Pin[not shown]";
  }
}
