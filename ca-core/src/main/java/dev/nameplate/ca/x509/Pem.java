package dev.nameplate.ca.x509;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Textual encoding of certificates and keys (RFC 7468): strict on the way out, liberal with white
/// space and text around it on the way in.
public final class Pem {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

  private Pem() {}

  public static String encode(Certificate... certificates) {
    return encode(List.of(certificates));
  }

  public static String encode(List<Certificate> certificates) {
    var text = new StringBuilder();
    for (var certificate : certificates) {
      text.append(encode("CERTIFICATE", certificate.der().toByteArray()));
    }
    return text.toString();
  }

  /// One block with this label: `PRIVATE KEY`.
  public static String encode(String label, byte[] der) {
    var base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return String.format(
        Locale.ROOT, "-----BEGIN %s-----\n%s\n-----END %s-----\n", label, base64, label);
  }

  /// Every certificate in the text, in order; blocks with other labels are passed over.
  ///
  /// @throws MalformedCertificateException if there is none, or one that cannot be read
  public static List<Certificate> decodeCertificates(String text)
      throws MalformedCertificateException {
    var certificates = new ArrayList<Certificate>();
    try {
      for (byte[] der : blocks(text, "CERTIFICATE")) {
        certificates.add(Certificate.parse(der));
      }
    } catch (IllegalArgumentException notBase64) {
      throw new MalformedCertificateException("a PEM certificate that is not in Base64");
    }
    if (certificates.isEmpty()) {
      throw new MalformedCertificateException("no PEM certificate in it");
    }
    return List.copyOf(certificates);
  }

  /// The contents of all blocks with this label.
  ///
  /// @throws IllegalArgumentException if one is not in Base64
  public static List<byte[]> blocks(String text, String label) {
    var found = new ArrayList<byte[]>();
    var matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      if (matcher.group(1).equals(label)) {
        found.add(Base64.getMimeDecoder().decode(matcher.group(2)));
      }
    }
    return found;
  }
}
