package dev.nameplate.ocsp;

import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/// Bytes with what HTTP says about them.
///
/// @param content to be read through duplicates only
/// @param successor when the next one is made at the latest, if all goes well
/// @param expires when a cache must have forgotten it
record StatusDocument(
    String type,
    ByteBuffer content,
    String etag,
    Instant modified,
    Instant successor,
    Instant expires) {

  private static final byte[] BEGIN =
      "-----BEGIN X509 CRL-----\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "-----END X509 CRL-----\n".getBytes(StandardCharsets.US_ASCII);

  // whole lines of 64 characters
  private static final int AT_ONCE = 48 * 1024;

  static StatusDocument of(Certificate certificate) {
    return new StatusDocument(
        "application/pkix-cert",
        certificate.der().buffer(),
        etag(certificate.der().sha256Hex()),
        certificate.notBefore(),
        certificate.notAfter(),
        certificate.notAfter());
  }

  /// @param period after which a CRL is made anew, changed or not
  static StatusDocument of(PublishedCrl crl, Duration period) {
    return of(crl, crl.der(), period);
  }

  static StatusDocument of(PublishedCrl crl, Der content, Duration period) {
    return new StatusDocument(
        "application/pkix-crl",
        content.buffer(),
        etag(content.sha256Hex()),
        crl.thisUpdate(),
        crl.thisUpdate().plus(period),
        crl.nextUpdate());
  }

  /// Many CRLs in PEM, one after the other.
  ///
  /// @param crls one or more
  static StatusDocument bundle(List<StatusDocument> crls) {
    var text = new ByteArrayOutputStream();
    var etags = new StringBuilder();
    var first = crls.getFirst();
    var modified = first.modified;
    var successor = first.successor;
    var expires = first.expires;
    for (var crl : crls) {
      write(crl.content.duplicate(), text);
      etags.append(crl.etag);
      modified = crl.modified.isAfter(modified) ? crl.modified : modified;
      successor = crl.successor.isBefore(successor) ? crl.successor : successor;
      expires = crl.expires.isBefore(expires) ? crl.expires : expires;
    }
    return new StatusDocument(
        "application/x-pem-file",
        ByteBuffer.wrap(text.toByteArray()).asReadOnlyBuffer(),
        etag(Der.of(etags.toString().getBytes(StandardCharsets.US_ASCII)).sha256Hex()),
        modified,
        successor,
        expires);
  }

  private static void write(ByteBuffer der, ByteArrayOutputStream text) {
    text.writeBytes(BEGIN);
    while (der.hasRemaining()) {
      byte[] some = new byte[Math.min(der.remaining(), AT_ONCE)];
      der.get(some);
      text.writeBytes(Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(some));
      text.write('\n');
    }
    text.writeBytes(END);
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
