package dev.nameplate.est;

/// A Full PKI Request that does not succeed.
final class CmcFailure extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final CmcFailInfo info;
  private final long part;
  private final String detail;

  /// @param part the bodyPartID that is at fault, 0 for all of it
  /// @param detail what was found, for whoever sent it; a sentence but for its full stop
  CmcFailure(int status, CmcFailInfo info, long part, String detail) {
    super(detail);
    this.status = status;
    this.info = info;
    this.part = part;
    this.detail = detail;
  }

  /// The request is not built as it must be.
  static CmcFailure malformed(long part, String detail) {
    return new CmcFailure(400, CmcFailInfo.BAD_REQUEST, part, detail);
  }

  /// The HTTP status that goes with it.
  int status() {
    return status;
  }

  CmcFailInfo info() {
    return info;
  }

  long part() {
    return part;
  }

  String detail() {
    return detail;
  }

  String sentence() {
    return (status == 400 ? "Not acceptable as a Full PKI Request: " : "Refused: ") + detail + ".";
  }
}
