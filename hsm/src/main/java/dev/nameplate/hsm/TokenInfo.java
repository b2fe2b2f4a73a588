package dev.nameplate.hsm;

/// What a token says about itself (CK_TOKEN_INFO), trailing blanks removed.
record TokenInfo(String label, String serial, long flags) {

  boolean initialized() {
    return has(Ck.CKF_TOKEN_INITIALIZED);
  }

  boolean loginRequired() {
    return has(Ck.CKF_LOGIN_REQUIRED);
  }

  /// The name of the flag that says that a wrong PIN was given before, or an empty text.
  String pinWarning() {
    if (has(Ck.CKF_USER_PIN_LOCKED)) {
      return "CKF_USER_PIN_LOCKED";
    }
    if (has(Ck.CKF_USER_PIN_FINAL_TRY)) {
      return "CKF_USER_PIN_FINAL_TRY";
    }
    return has(Ck.CKF_USER_PIN_COUNT_LOW) ? "CKF_USER_PIN_COUNT_LOW" : "";
  }

  private boolean has(long flag) {
    return (flags & flag) != 0;
  }
}
