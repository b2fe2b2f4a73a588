package dev.nameplate.ocsp;

import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Bytes with what HTTP says about them.
///
/// @param content to be read through duplicates only
/// @param modified in whole seconds, later than that of any other bytes that were at its place;
///   empty if that cannot be said
/// @param successor when the next one is made at the latest, if all goes well
/// @param expires when a cache must have forgotten it
record StatusDocument(
    String type,
    ByteBuffer content,
    String etag,
    Optional<Instant> modified,
    Instant successor,
    Instant expires) {

  private static final byte[] BEGIN =
      "-----BEGIN X509 CRL-----\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "-----END X509 CRL-----\n".getBytes(StandardCharsets.US_ASCII);

  private static final int LINE = 64;

  // whole lines
  private static final int AT_ONCE = 48 * 1024;

  static StatusDocument of(Certificate certificate) {
    return new StatusDocument(
        "application/pkix-cert",
        certificate.der().buffer(),
        etag(certificate.der().sha256Hex()),
        Optional.of(certificate.notBefore().truncatedTo(ChronoUnit.SECONDS)),
        certificate.notAfter(),
        certificate.notAfter());
  }

  /// @param content the CRL, or its delta
  /// @param period after which a CRL is made anew, changed or not
  static StatusDocument of(PublishedCrl crl, Der content, Instant modified, Duration period) {
    return new StatusDocument(
        "application/pkix-crl",
        content.buffer(),
        etag(content.sha256Hex()),
        Optional.of(modified),
        crl.thisUpdate().plus(period),
        crl.nextUpdate());
  }

  /// Many CRLs in PEM, one after the other.
  ///
  /// @param crls one or more
  static StatusDocument bundle(List<StatusDocument> crls) {
    var text =
        ByteBuffer.allocate(
            Math.toIntExact(
                crls.stream().mapToLong(crl -> pemLength(crl.content.remaining())).sum()));
    var etags = new StringBuilder();
    var first = crls.getFirst();
    var successor = first.successor;
    var expires = first.expires;
    for (var crl : crls) {
      write(crl.content.duplicate(), text);
      etags.append(crl.etag);
      successor = crl.successor.isBefore(successor) ? crl.successor : successor;
      expires = crl.expires.isBefore(expires) ? crl.expires : expires;
    }
    return new StatusDocument(
        "application/x-pem-file",
        text.flip().asReadOnlyBuffer(),
        etag(Der.of(etags.toString().getBytes(StandardCharsets.US_ASCII)).sha256Hex()),
        Optional.empty(),
        successor,
        expires);
  }

  /// With a line break after each 64 characters, and after the last ones.
  private static long pemLength(long der) {
    long base64 = (der + 2) / 3 * 4;
    return BEGIN.length + base64 + (base64 + LINE - 1) / LINE + END.length;
  }

  private static void write(ByteBuffer der, ByteBuffer text) {
    var encoder = Base64.getMimeEncoder(LINE, new byte[] {'\n'});
    text.put(BEGIN);
    byte[] some = new byte[AT_ONCE];
    while (der.hasRemaining()) {
      int length = Math.min(der.remaining(), AT_ONCE);
      der.get(some, 0, length);
      text.put(encoder.encode(length == AT_ONCE ? some : Arrays.copyOf(some, length)));
      text.put((byte) '\n');
    }
    text.put(END);
  }

  /// For how long a cache may keep it.
  Duration maxAge(Instant now, Duration most) {
    var left = Duration.between(now, expires).minusSeconds(1);
    var toSuccessor = Duration.between(now, successor);
    var shortest = left.compareTo(toSuccessor) < 0 ? left : toSuccessor;
    shortest = shortest.compareTo(most) < 0 ? shortest : most;
    return shortest.isNegative() ? Duration.ZERO : shortest;
  }

  private static String etag(String hex) {
    return '"' + hex + '"';
  }
}
