package dev.nameplate.hsm;

/// The constants of PKCS#11 that we use, under their own names.
final class Ck {

  static final long CKF_RW_SESSION = 1 << 1;
  static final long CKF_SERIAL_SESSION = 1 << 2;
  static final long CKF_OS_LOCKING_OK = 1 << 1;

  static final long CKF_LOGIN_REQUIRED = 1 << 2;
  static final long CKF_TOKEN_INITIALIZED = 1 << 10;
  static final long CKF_USER_PIN_COUNT_LOW = 1 << 16;
  static final long CKF_USER_PIN_FINAL_TRY = 1 << 17;
  static final long CKF_USER_PIN_LOCKED = 1 << 18;

  static final long CKU_SO = 0;
  static final long CKU_USER = 1;

  static final long CKS_RO_USER_FUNCTIONS = 1;
  static final long CKS_RW_USER_FUNCTIONS = 3;

  static final long CKO_PUBLIC_KEY = 2;
  static final long CKO_PRIVATE_KEY = 3;

  static final long CKK_RSA = 0;
  static final long CKK_EC = 3;

  static final long CKM_RSA_PKCS_KEY_PAIR_GEN = 0;
  static final long CKM_RSA_PKCS = 1;
  static final long CKM_EC_KEY_PAIR_GEN = 0x1040;
  static final long CKM_ECDSA = 0x1041;

  static final long CKA_CLASS = 0;
  static final long CKA_TOKEN = 1;
  static final long CKA_PRIVATE = 2;
  static final long CKA_LABEL = 3;
  static final long CKA_KEY_TYPE = 0x100;
  static final long CKA_ID = 0x102;
  static final long CKA_SENSITIVE = 0x103;
  static final long CKA_ENCRYPT = 0x104;
  static final long CKA_DECRYPT = 0x105;
  static final long CKA_WRAP = 0x106;
  static final long CKA_UNWRAP = 0x107;
  static final long CKA_SIGN = 0x108;
  static final long CKA_SIGN_RECOVER = 0x109;
  static final long CKA_VERIFY = 0x10a;
  static final long CKA_DERIVE = 0x10c;
  static final long CKA_MODULUS = 0x120;
  static final long CKA_MODULUS_BITS = 0x121;
  static final long CKA_PUBLIC_EXPONENT = 0x122;
  static final long CKA_EXTRACTABLE = 0x162;
  static final long CKA_LOCAL = 0x163;
  static final long CKA_NEVER_EXTRACTABLE = 0x164;
  static final long CKA_ALWAYS_SENSITIVE = 0x165;
  static final long CKA_MODIFIABLE = 0x170;
  static final long CKA_COPYABLE = 0x171;
  static final long CKA_EC_PARAMS = 0x180;
  static final long CKA_EC_POINT = 0x181;
  static final long CKA_ALLOWED_MECHANISMS = 0x40000600;

  private Ck() {}
}
