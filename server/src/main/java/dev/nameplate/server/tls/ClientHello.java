package dev.nameplate.server.tls;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/// The first message of a TLS connection (RFC 5246 section 7.4.1.2), as it is read from the wire.
/// One thread at a time may read; any may ask.
///
/// What cannot be read offers nothing: TLS itself says what is wrong with it.
public final class ClientHello {

  private static final int LARGEST = 16 * 1024;
  private static final int RECORD_HEADER = 5;
  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int HELLO_HEADER = 4;
  private static final int VERSION_AND_RANDOM = 2 + 32;

  /// RFC 7627 section 5.1.
  private static final int EXTENDED_MASTER_SECRET = 23;

  private final ByteArrayOutputStream records = new ByteArrayOutputStream(1024);
  private boolean read;
  private volatile boolean extendedMasterSecret;

  /// Takes the next bytes of the connection, as many as there are.
  void add(ByteBuffer bytes) {
    if (read) {
      return;
    }
    if (records.size() + bytes.remaining() > LARGEST) {
      read = true;
      return;
    }
    var copy = new byte[bytes.remaining()];
    bytes.get(copy);
    records.writeBytes(copy);
    read = read(records.toByteArray());
    if (read) {
      records.reset();
    }
  }

  /// Whether the client can do RFC 7627.
  public boolean offersExtendedMasterSecret() {
    return extendedMasterSecret;
  }

  /// Whether there is nothing more to wait for.
  private boolean read(byte[] received) {
    var in = ByteBuffer.wrap(received);
    var message = new ByteArrayOutputStream(received.length);
    while (in.remaining() >= RECORD_HEADER) {
      if (in.get() != HANDSHAKE) {
        return true;
      }
      in.getShort();
      int length = Short.toUnsignedInt(in.getShort());
      int here = Math.min(length, in.remaining());
      message.write(received, in.position(), here);
      if (here < length) {
        break;
      }
      in.position(in.position() + length);
    }
    return hello(message.toByteArray());
  }

  private boolean hello(byte[] message) {
    if (message.length < HELLO_HEADER) {
      return false;
    }
    var in = ByteBuffer.wrap(message);
    int start = in.getInt();
    if (start >>> 24 != CLIENT_HELLO) {
      return true;
    }
    int length = start & 0xffffff;
    if (in.remaining() < length) {
      return length > LARGEST;
    }
    try {
      extendedMasterSecret = offers(in.slice(HELLO_HEADER, length), EXTENDED_MASTER_SECRET);
    } catch (BufferUnderflowException
        | IllegalArgumentException
        | IndexOutOfBoundsException malformed) {
      // offers nothing
    }
    return true;
  }

  private static boolean offers(ByteBuffer hello, int extension) {
    skip(hello, VERSION_AND_RANDOM);
    skip(hello, Byte.toUnsignedInt(hello.get())); // session id
    skip(hello, Short.toUnsignedInt(hello.getShort())); // cipher suites
    skip(hello, Byte.toUnsignedInt(hello.get())); // compression methods
    if (!hello.hasRemaining()) {
      return false;
    }
    int length = Short.toUnsignedInt(hello.getShort());
    var extensions = hello.slice(hello.position(), length);
    while (extensions.hasRemaining()) {
      int type = Short.toUnsignedInt(extensions.getShort());
      int size = Short.toUnsignedInt(extensions.getShort());
      if (type == extension) {
        return size == 0;
      }
      skip(extensions, size);
    }
    return false;
  }

  private static void skip(ByteBuffer in, int count) {
    in.position(in.position() + count);
  }
}
