package dev.nameplate.est;

/// CMCFailInfo of RFC 5272 section 6.1.4: why a request failed, for machines.
enum CmcFailInfo {
  BAD_ALG(0, "badAlg"),
  BAD_MESSAGE_CHECK(1, "badMessageCheck"),
  BAD_REQUEST(2, "badRequest"),
  BAD_TIME(3, "badTime"),
  BAD_CERT_ID(4, "badCertId"),
  UNSUPPORTED_EXT(5, "unsupportedExt"),
  MUST_ARCHIVE_KEYS(6, "mustArchiveKeys"),
  BAD_IDENTITY(7, "badIdentity"),
  POP_REQUIRED(8, "popRequired"),
  POP_FAILED(9, "popFailed"),
  NO_KEY_REUSE(10, "noKeyReuse"),
  INTERNAL_CA_ERROR(11, "internalCAError"),
  TRY_LATER(12, "tryLater"),
  AUTH_DATA_FAIL(13, "authDataFail");

  private final int code;
  private final String rfcName;

  CmcFailInfo(int code, String rfcName) {
    this.code = code;
    this.rfcName = rfcName;
  }

  /// The INTEGER.
  int code() {
    return code;
  }

  /// The word of the RFC: `popFailed`.
  String rfcName() {
    return rfcName;
  }
}
