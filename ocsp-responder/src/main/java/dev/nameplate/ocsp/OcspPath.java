package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.StatusUrls;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/// The request inside the path of a GET (RFC 6960 appendix A.1): base64 in all the spellings that
/// clients and proxies make of it. Works on the raw path, where `%2F` is not yet a separator and a
/// `+` is a plus.
final class OcspPath {

  private OcspPath() {}

  /// Whether this raw path belongs to OCSP.
  static boolean matches(String rawPath) {
    return rawPath.equals(StatusUrls.OCSP_PATH) || rawPath.startsWith(StatusUrls.OCSP_PATH + "/");
  }

  /// Whether nothing follows: the place to POST to.
  static boolean isBare(String rawPath) {
    return rawPath.equals(StatusUrls.OCSP_PATH) || rawPath.equals(StatusUrls.OCSP_PATH + "/");
  }

  /// The request in DER; empty if it is not in base64.
  static Optional<byte[]> request(String rawPath) {
    var encoded = rawPath.substring(StatusUrls.OCSP_PATH.length());
    return percentDecoded(encoded).map(OcspPath::plainBase64).flatMap(OcspPath::decoded);
  }

  private static Optional<String> percentDecoded(String text) {
    var decoded = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        if (i + 2 >= text.length()
            || !HexFormat.isHexDigit(text.charAt(i + 1))
            || !HexFormat.isHexDigit(text.charAt(i + 2))) {
          return Optional.empty();
        }
        decoded.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
        i += 2;
      } else if (c < 0x80) {
        decoded.write(c);
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(decoded.toString(StandardCharsets.ISO_8859_1));
  }

  /// Without the slashes that joined it to the URL (DER never begins with one), without padding,
  /// and in the alphabet of RFC 4648 section 4 whichever it was in.
  private static String plainBase64(String text) {
    int begin = 0;
    while (begin < text.length() && text.charAt(begin) == '/') {
      begin++;
    }
    int end = text.length();
    while (end > begin && text.charAt(end - 1) == '=') {
      end--;
    }
    return text.substring(begin, end).replace('-', '+').replace('_', '/');
  }

  private static Optional<byte[]> decoded(String base64) {
    try {
      return Optional.of(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }
}
