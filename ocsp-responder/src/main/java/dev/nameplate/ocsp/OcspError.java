package dev.nameplate.ocsp;

/// Why there is no answer (OCSPResponseStatus of RFC 6960 section 4.2.1).
enum OcspError {
  /// The bytes are no request, or one that asks for too much.
  MALFORMED_REQUEST(1, "malformedRequest"),
  /// We made a mistake.
  INTERNAL_ERROR(2, "internalError"),
  /// Our store or key is away.
  TRY_LATER(3, "tryLater"),
  /// Not our certificate: this responder is not authoritative for it (RFC 9919).
  UNAUTHORIZED(6, "unauthorized");

  private final int code;
  private final String rfcName;

  OcspError(int code, String rfcName) {
    this.code = code;
    this.rfcName = rfcName;
  }

  int code() {
    return code;
  }

  /// The word of the RFC: `tryLater`.
  String rfcName() {
    return rfcName;
  }
}
