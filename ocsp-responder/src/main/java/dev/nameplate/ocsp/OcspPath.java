package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.StatusUrls;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/// The request inside the path of a GET (RFC 6960 appendix A.1): base64 in all the spellings that
/// clients and proxies make of it. Works on the raw path, where `%2F` is not yet a separator and a
/// `+` is a plus.
final class OcspPath {

  private static final byte[] NONE = {};

  private OcspPath() {}

  /// Whether this raw path belongs to OCSP.
  static boolean matches(String rawPath) {
    return rawPath.equals(StatusUrls.OCSP_PATH) || rawPath.startsWith(StatusUrls.OCSP_PATH + "/");
  }

  /// Whether nothing follows: the place to POST to.
  static boolean isBare(String rawPath) {
    return rawPath.equals(StatusUrls.OCSP_PATH) || rawPath.equals(StatusUrls.OCSP_PATH + "/");
  }

  /// The request in DER; no bytes at all, which are no request either, if it is not in base64.
  static byte[] request(String rawPath) {
    var base64 = new byte[rawPath.length()];
    int length = 0;
    int end = rawPath.length();
    for (int i = StatusUrls.OCSP_PATH.length(); i < end; i++) {
      char c = rawPath.charAt(i);
      if (c == '%') {
        if (i + 2 >= end
            || !HexFormat.isHexDigit(rawPath.charAt(i + 1))
            || !HexFormat.isHexDigit(rawPath.charAt(i + 2))) {
          return NONE;
        }
        c = (char) HexFormat.fromHexDigits(rawPath, i + 1, i + 3);
        i += 2;
      }
      switch (c) {
        // the slashes that joined it to the URL: DER never begins with one
        case '/' -> {
          if (length > 0) {
            base64[length++] = '/';
          }
        }
        // the alphabet for URLs
        case '-' -> base64[length++] = '+';
        case '_' -> base64[length++] = '/';
        default -> base64[length++] = c < 0x80 ? (byte) c : 0;
      }
    }
    while (length > 0 && base64[length - 1] == '=') {
      length--;
    }
    try {
      return Base64.getDecoder().decode(Arrays.copyOf(base64, length));
    } catch (IllegalArgumentException notBase64) {
      return NONE;
    }
  }
}
