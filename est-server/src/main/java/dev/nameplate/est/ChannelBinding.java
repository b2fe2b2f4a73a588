package dev.nameplate.est;

import dev.nameplate.ca.x509.Der;
import java.util.Base64;

/// What only the two ends of one TLS connection know (RFC 5056). A client that signs it into its
/// request proves that the request was made for this connection by the holder of the key (RFC 7030
/// section 3.5, RFC 9148 section 3).
///
/// @param value as TLS gives it; not DER, only bytes
public record ChannelBinding(Type type, Der value) {

  /// The request attribute in which a TLS listener leaves a `Supplier<Optional<ChannelBinding>>`.
  /// It may be asked from any thread while the request is answered. What it gives is empty where
  /// the connection has no binding that can be trusted.
  public static final String ATTRIBUTE = ChannelBinding.class.getName();

  /// Where the value comes from; which of them there is depends on the version of TLS.
  public enum Type {
    /// The first Finished message of a TLS 1.2 handshake (RFC 5929 section 3), 12 bytes.
    TLS_UNIQUE,
    /// 32 bytes exported from a TLS 1.3 connection (RFC 9266).
    TLS_EXPORTER
  }

  public ChannelBinding {
    int expected =
        switch (type) {
          case TLS_UNIQUE -> 12;
          case TLS_EXPORTER -> 32;
        };
    if (value.length() != expected) {
      throw new IllegalArgumentException(type + " of " + value.length() + " bytes");
    }
  }

  /// The value as a client puts it into challengePassword: base64 in one line.
  public String base64() {
    return Base64.getEncoder().encodeToString(value.toByteArray());
  }
}
