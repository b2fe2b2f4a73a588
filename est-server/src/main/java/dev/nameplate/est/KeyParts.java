package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.nameplate.ca.x509.Certificate;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/// The `multipart/mixed` in which HTTP carries a generated key and its certificate (RFC 7030
/// section 4.4.2). Each part has a Content-Transfer-Encoding, without which clients fail.
final class KeyParts {

  /// Never in base64, so it need not be random.
  private static final String BOUNDARY = "nameplate-EST-key";

  static final String CONTENT_TYPE = "multipart/mixed; boundary=" + BOUNDARY;

  private KeyParts() {}

  /// The whole body. Whoever sends it wipes it.
  static byte[] encode(GeneratedKey key, Certificate certificate) {
    var type =
        switch (key.form()) {
          case PLAIN -> "application/pkcs8";
          case ENVELOPED -> "application/pkcs7-mime; smime-type=server-generated-key";
        };
    var certsOnly = CertsOnly.encode(List.of(certificate)).toByteArray();
    var body = new Wiping();
    part(body, type, key.der());
    part(body, EstReply.ENROLLED, certsOnly);
    body.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(US_ASCII));
    return body.takeAll();
  }

  private static void part(Wiping body, String type, byte[] der) {
    var head =
        "--"
            + BOUNDARY
            + "\r\nContent-Type: "
            + type
            + "\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    body.writeBytes(head.getBytes(US_ASCII));
    var base64 = Base64.getMimeEncoder(64, new byte[] {'\r', '\n'}).encode(der);
    body.writeBytes(base64);
    Arrays.fill(base64, (byte) 0);
    body.writeBytes("\r\n".getBytes(US_ASCII));
  }

  /// Large enough from the start that it never leaves a copy behind when it grows.
  private static final class Wiping extends ByteArrayOutputStream {

    private static final int LARGEST = 32 * 1024;

    Wiping() {
      super(LARGEST);
    }

    byte[] takeAll() {
      var all = toByteArray();
      Arrays.fill(buf, (byte) 0);
      return all;
    }
  }
}
