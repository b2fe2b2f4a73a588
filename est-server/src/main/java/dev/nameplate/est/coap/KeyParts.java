package dev.nameplate.est.coap;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.est.CertsOnly;
import dev.nameplate.est.GeneratedKey;
import java.nio.ByteBuffer;
import java.util.List;

/// A key and its certificate in one answer: `multipart-core` (RFC 8710), a CBOR array of
/// Content-Formats, each followed by its bytes (RFC 9148 section 4.8).
final class KeyParts {

  private static final byte ARRAY_OF_FOUR = (byte) 0x84;
  private static final byte UNSIGNED_OF_TWO_BYTES = 0x19;
  private static final byte BYTES_WITH_LENGTH_OF_TWO_BYTES = 0x59;

  /// What stands before the bytes of a part.
  private static final int HEAD = 6;

  private KeyParts() {}

  /// @param format of the certificate: 281 for `/skg`, 287 for `/skc`
  static byte[] encode(GeneratedKey key, Certificate certificate, int format) {
    var shown =
        format == ContentFormat.PKIX_CERT
            ? certificate.der()
            : CertsOnly.encode(List.of(certificate));
    var keyFormat =
        switch (key.form()) {
          case PLAIN -> ContentFormat.PLAIN_KEY;
          case ENVELOPED -> ContentFormat.ENVELOPED_KEY;
        };
    var second = shown.toByteArray();
    var parts = ByteBuffer.allocate(1 + HEAD + key.der().length + HEAD + second.length);
    parts.put(ARRAY_OF_FOUR);
    part(parts, keyFormat, key.der());
    part(parts, format, second);
    return parts.array();
  }

  private static void part(ByteBuffer to, int format, byte[] bytes) {
    to.put(UNSIGNED_OF_TWO_BYTES).putShort((short) format);
    to.put(BYTES_WITH_LENGTH_OF_TWO_BYTES).putShort((short) bytes.length).put(bytes);
  }
}
