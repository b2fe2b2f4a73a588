package dev.nameplate.hsm;

import java.util.Arrays;
import java.util.List;

/// What the flags of a token are called (CK_TOKEN_INFO): `RNG` is CKF_RNG.
enum TokenFlag {
  RNG(0),
  WRITE_PROTECTED(1),
  LOGIN_REQUIRED(2),
  USER_PIN_INITIALIZED(3),
  RESTORE_KEY_NOT_NEEDED(5),
  CLOCK_ON_TOKEN(6),
  PROTECTED_AUTHENTICATION_PATH(8),
  DUAL_CRYPTO_OPERATIONS(9),
  TOKEN_INITIALIZED(10),
  SECONDARY_AUTHENTICATION(11),
  USER_PIN_COUNT_LOW(16),
  USER_PIN_FINAL_TRY(17),
  USER_PIN_LOCKED(18),
  USER_PIN_TO_BE_CHANGED(19),
  SO_PIN_COUNT_LOW(20),
  SO_PIN_FINAL_TRY(21),
  SO_PIN_LOCKED(22),
  SO_PIN_TO_BE_CHANGED(23),
  ERROR_STATE(24);

  private final long bit;

  TokenFlag(int position) {
    this.bit = 1L << position;
  }

  /// Those that are set, in their order; what has no name here is left out.
  static List<String> namesOf(long flags) {
    return Arrays.stream(values())
        .filter(flag -> (flags & flag.bit) != 0)
        .map(flag -> "CKF_" + flag.name())
        .toList();
  }
}
