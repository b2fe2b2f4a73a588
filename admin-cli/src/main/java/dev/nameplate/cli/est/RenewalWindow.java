package dev.nameplate.cli.est;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedCertificateException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/// When a certificate should be renewed: at some moment of this window, each certificate at its
/// own, so that not all are renewed at once.
///
/// @param end behind `start`
public record RenewalWindow(Instant start, Instant end) {

  private static final ObjectMapper JSON = new ObjectMapper();

  public RenewalWindow {
    if (!start.isBefore(end)) {
      throw new IllegalArgumentException("a renewal window from " + start + " to " + end);
    }
  }

  /// Where no server says anything: between two thirds and three quarters of its life.
  public static RenewalWindow usual(X509Certificate certificate) {
    var from = certificate.getNotBefore().toInstant();
    var life = Duration.between(from, certificate.getNotAfter().toInstant());
    return new RenewalWindow(
        from.plus(life.multipliedBy(2).dividedBy(3)),
        from.plus(life.multipliedBy(3).dividedBy(4)).plusSeconds(1));
  }

  /// The moment of this certificate, always the same: a job that asks every hour needs no memory.
  public Instant momentOf(X509Certificate certificate) {
    try {
      long bits = ByteBuffer.wrap(Der.sha256(certificate.getEncoded())).getLong();
      var width = Duration.between(start, end).toSeconds();
      return start.plusSeconds((long) ((bits >>> 11) * 0x1.0p-53 * width));
    } catch (CertificateEncodingException impossible) {
      throw new IllegalStateException("a certificate that cannot be encoded", impossible);
    }
  }

  /// How the draft names a certificate: the identifier of the authority's key and the serial, in
  /// base64url. Empty if it says nothing of the authority's key.
  static Optional<String> nameOf(X509Certificate certificate) {
    try {
      var encoder = Base64.getUrlEncoder().withoutPadding();
      var serial = encoder.encodeToString(certificate.getSerialNumber().toByteArray());
      return Certificate.parse(certificate.getEncoded())
          .authorityKeyIdentifier()
          .map(HexFormat.of()::parseHex)
          .map(key -> encoder.encodeToString(key) + "." + serial);
    } catch (CertificateEncodingException | MalformedCertificateException foreign) {
      return Optional.empty();
    }
  }

  static Optional<RenewalWindow> parse(byte[] json) {
    try {
      var window = JSON.readTree(json).path("suggestedWindow");
      return Optional.of(new RenewalWindow(time(window.path("start")), time(window.path("end"))));
    } catch (IOException | DateTimeException | IllegalArgumentException notOne) {
      return Optional.empty();
    }
  }

  /// RFC 3339.
  private static Instant time(JsonNode text) {
    return OffsetDateTime.parse(text.asText()).toInstant();
  }
}
