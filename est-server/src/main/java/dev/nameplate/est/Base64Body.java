package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.nameplate.ca.x509.Der;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.regex.Pattern;

/// DER in base64, as it travels in the bodies of EST (RFC 8951 section 3): liberal towards what
/// clients send, and exact in what they are sent. This is the one place that knows the shape which
/// every tried client can read.
final class Base64Body implements Posted {

  /// How a long answer is laid out; short ones are one line for everybody.
  enum Lines {
    /// One line and a line feed: strongSwan 5.9 reads nothing else.
    ONE,
    /// Lines of 64 characters: libest reads none that is longer than 1024.
    WRAPPED
  }

  /// In octets of base64: a request of 16 KiB fits, with its line breaks.
  private static final int LARGEST = 24 * 1024;

  /// In characters: a single line of this length is read by every client.
  private static final int SHORT = 1000;

  private static final Pattern ARMOUR =
      Pattern.compile(
          "-----BEGIN ((?:NEW )?CERTIFICATE REQUEST|CMS|PKCS7)-----([^-]*)-----END \\1-----");

  private final byte[] octets;

  private Base64Body(byte[] octets) {
    this.octets = octets;
  }

  /// Reads a body to its end.
  ///
  /// @param announced its length as the request says it, -1 if it does not
  /// @throws UnreadableBodyException if it is too large, too slow, or breaks off
  static Base64Body read(InputStream in, long announced) throws UnreadableBodyException {
    return read(in, announced, LARGEST);
  }

  /// The same for an operation with larger requests.
  static Base64Body read(InputStream in, long announced, int largest)
      throws UnreadableBodyException {
    if (announced > largest) {
      throw tooLarge(largest);
    }
    byte[] octets;
    try {
      octets = in.readNBytes(largest + 1);
    } catch (IOException brokenOff) {
      throw UnreadableBodyException.of(brokenOff);
    }
    if (octets.length > largest) {
      throw tooLarge(largest);
    }
    return new Base64Body(octets);
  }

  /// The DER inside: line breaks, blanks, tabs and PEM armour are all the same to us.
  @Override
  public byte[] der() throws UnreadableBodyException {
    var text = new String(octets, ISO_8859_1).strip();
    var armoured = ARMOUR.matcher(text);
    if (armoured.matches()) {
      text = armoured.group(2);
    }
    var digits = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\r' || c == '\n' || c == ' ' || c == '\t') {
        continue;
      }
      if (!isDigit(c)) {
        throw new UnreadableBodyException(
            400,
            String.format("The request body is not base64: it has a byte 0x%02x in it.", (int) c));
      }
      digits.write(c);
    }
    if (digits.size() == 0) {
      throw new UnreadableBodyException(400, "The request has no body.");
    }
    try {
      return Base64.getDecoder().decode(digits.toByteArray());
    } catch (IllegalArgumentException cutOff) {
      throw new UnreadableBodyException(
          400, "The request body is not base64: its length or padding is wrong.");
    }
  }

  /// How this client lays out its own base64, and so surely can read ours.
  Lines lines() {
    return new String(octets, ISO_8859_1).strip().indexOf('\n') < 0 ? Lines.ONE : Lines.WRAPPED;
  }

  /// The body of an answer. Line feeds only: coreutils' `base64 -d` stumbles over carriage returns.
  static byte[] encode(Der der, Lines lines) {
    var oneLine = Base64.getEncoder().encode(der.toByteArray());
    var text =
        oneLine.length <= SHORT || lines == Lines.ONE
            ? oneLine
            : Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(der.toByteArray());
    return (new String(text, US_ASCII) + "\n").getBytes(US_ASCII);
  }

  private static boolean isDigit(char c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || c == '+'
        || c == '/'
        || c == '=';
  }

  private static UnreadableBodyException tooLarge(int largest) {
    return new UnreadableBodyException(
        413, "The request body is too large: at most " + largest + " octets of base64 are read.");
  }
}
