package dev.nameplate.hsm;

/// The constants of PKCS#11 that we use, under their own names; attributes are in [Cka], mechanisms
/// in [Ckm].
final class Ck {

  static final long CKF_RW_SESSION = 1 << 1;
  static final long CKF_SERIAL_SESSION = 1 << 2;
  static final long CKF_OS_LOCKING_OK = 1 << 1;

  static final long CKF_WRITE_PROTECTED = 1 << 1;
  static final long CKF_LOGIN_REQUIRED = 1 << 2;
  static final long CKF_TOKEN_INITIALIZED = 1 << 10;
  static final long CKF_USER_PIN_COUNT_LOW = 1 << 16;
  static final long CKF_USER_PIN_FINAL_TRY = 1 << 17;
  static final long CKF_USER_PIN_LOCKED = 1 << 18;

  static final long CKF_SIGN = 1 << 11;
  static final long CKF_GENERATE_KEY_PAIR = 1 << 16;

  static final long CKU_SO = 0;
  static final long CKU_USER = 1;

  static final long CKS_RO_USER_FUNCTIONS = 1;
  static final long CKS_RW_USER_FUNCTIONS = 3;

  static final long CKO_PUBLIC_KEY = 2;
  static final long CKO_PRIVATE_KEY = 3;
  static final long CKO_SECRET_KEY = 4;

  static final long CKK_RSA = 0;
  static final long CKK_EC = 3;
  static final long CKK_EC_EDWARDS = 0x40;
  static final long CKK_ML_DSA = 0x4a;

  static final long CKG_MGF1_SHA256 = 2;
  static final long CKG_MGF1_SHA384 = 3;
  static final long CKG_MGF1_SHA512 = 4;

  static final long CKF_WRAP = 1 << 17;

  private Ck() {}
}
