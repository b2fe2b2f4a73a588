package dev.nameplate.hsm;

/// What a token says about itself (CK_TOKEN_INFO), trailing blanks removed.
///
/// @param flags CKF bits
/// @param maxSessions how many sessions one process may have open; 0 for any number, and
///   [#UNAVAILABLE] where the token does not say
/// @param maxRwSessions the same for sessions that may write
/// @param hardware the version of the hardware: `2.6`
/// @param firmware the version of the firmware
record TokenInfo(
    String label,
    String manufacturer,
    String model,
    String serial,
    long flags,
    long maxSessions,
    long maxRwSessions,
    String hardware,
    String firmware) {

  /// CK_UNAVAILABLE_INFORMATION.
  static final long UNAVAILABLE = -1;

  boolean initialized() {
    return has(Ck.CKF_TOKEN_INITIALIZED);
  }

  boolean loginRequired() {
    return has(Ck.CKF_LOGIN_REQUIRED);
  }

  /// Whether nothing can be made or destroyed in it.
  boolean writeProtected() {
    return has(Ck.CKF_WRITE_PROTECTED);
  }

  /// How many sessions of ours it allows at once.
  long mostSessions() {
    long most = limit(maxSessions);
    return writeProtected() ? most : Math.min(most, limit(maxRwSessions));
  }

  /// openCryptoki says 2^64 - 2.
  private static long limit(long said) {
    return said <= 0 ? Long.MAX_VALUE : said;
  }

  boolean pinLocked() {
    return has(Ck.CKF_USER_PIN_LOCKED);
  }

  /// The name of the flag that says that a wrong PIN was given before, or an empty text.
  String pinWarning() {
    if (pinLocked()) {
      return "CKF_USER_PIN_LOCKED";
    }
    if (has(Ck.CKF_USER_PIN_FINAL_TRY)) {
      return "CKF_USER_PIN_FINAL_TRY";
    }
    return has(Ck.CKF_USER_PIN_COUNT_LOW) ? "CKF_USER_PIN_COUNT_LOW" : "";
  }

  TokenInfo withFlags(long other) {
    return new TokenInfo(
        label, manufacturer, model, serial, other, maxSessions, maxRwSessions, hardware, firmware);
  }

  private boolean has(long flag) {
    return (flags & flag) != 0;
  }
}
