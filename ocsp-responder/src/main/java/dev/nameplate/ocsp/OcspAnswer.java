package dev.nameplate.ocsp;

import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.x509.Der;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.eclipse.jetty.http.DateGenerator;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;

/// What goes back to a relying party.
sealed interface OcspAnswer {

  /// The OCSPResponse.
  Der der();

  /// The same, to be written once.
  ByteBuffer content();

  /// Signed. With what HTTP says about it, made once and given to many.
  final class Signed implements OcspAnswer {

    private final byte[] bytes;
    private final List<CertificateStatus> says;
    private final boolean cacheable;
    private final long thisUpdate;
    private final long nextUpdate;
    private final String etag;
    private final List<HttpField> fields;

    /// @param forEverybody whether it has no nonce
    Signed(
        Der der,
        Instant thisUpdate,
        Instant nextUpdate,
        List<CertificateStatus> says,
        boolean forEverybody) {
      this.bytes = der.toByteArray();
      this.says = List.copyOf(says);
      this.cacheable = forEverybody && says.stream().allMatch(Signed::isKnown);
      this.thisUpdate = thisUpdate.toEpochMilli();
      this.nextUpdate = nextUpdate.toEpochMilli();
      this.etag = '"' + der.sha256Hex() + '"';
      this.fields =
          List.of(
              new PreEncodedHttpField(HttpHeader.ETAG, etag),
              new PreEncodedHttpField(
                  HttpHeader.LAST_MODIFIED, DateGenerator.formatDate(thisUpdate)),
              new PreEncodedHttpField(HttpHeader.EXPIRES, DateGenerator.formatDate(nextUpdate)));
    }

    @Override
    public Der der() {
      return Der.of(bytes);
    }

    @Override
    public ByteBuffer content() {
      return ByteBuffer.wrap(bytes);
    }

    /// In the order of the request.
    List<CertificateStatus> says() {
      return says;
    }

    /// Whether it may be given to somebody else who asks the same: it has no nonce, and leaves
    /// nothing unknown.
    boolean cacheable() {
      return cacheable;
    }

    /// In milliseconds since 1970.
    long thisUpdate() {
      return thisUpdate;
    }

    /// In milliseconds since 1970.
    long nextUpdate() {
      return nextUpdate;
    }

    String etag() {
      return etag;
    }

    /// ETag, Last-Modified and Expires.
    List<HttpField> fields() {
      return fields;
    }

    int length() {
      return bytes.length;
    }

    private static boolean isKnown(CertificateStatus status) {
      return switch (status) {
        case CertificateStatus.Good _, CertificateStatus.Revoked _ -> true;
        case CertificateStatus.Reserved _, CertificateStatus.NeverIssued _ -> false;
      };
    }
  }

  /// It says only why there is no answer.
  record Unsigned(Der der, OcspError error) implements OcspAnswer {

    @Override
    public ByteBuffer content() {
      return ByteBuffer.wrap(der.toByteArray());
    }
  }
}
