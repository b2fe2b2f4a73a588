package dev.nameplate.hsm;

import java.util.Arrays;
import java.util.Optional;

/// The attributes of objects that we use: `LABEL` is CKA_LABEL.
enum Cka {
  CLASS(0),
  TOKEN(1),
  PRIVATE(2),
  LABEL(3),
  VALUE(0x11),
  KEY_TYPE(0x100),
  ID(0x102),
  SENSITIVE(0x103),
  ENCRYPT(0x104),
  DECRYPT(0x105),
  WRAP(0x106),
  UNWRAP(0x107),
  SIGN(0x108),
  SIGN_RECOVER(0x109),
  VERIFY(0x10a),
  DERIVE(0x10c),
  MODULUS(0x120),
  MODULUS_BITS(0x121),
  PUBLIC_EXPONENT(0x122),
  PRIVATE_EXPONENT(0x123),
  PRIME_1(0x124),
  PRIME_2(0x125),
  EXPONENT_1(0x126),
  EXPONENT_2(0x127),
  COEFFICIENT(0x128),
  VALUE_LEN(0x161),
  EXTRACTABLE(0x162),
  LOCAL(0x163),
  NEVER_EXTRACTABLE(0x164),
  ALWAYS_SENSITIVE(0x165),
  KEY_GEN_MECHANISM(0x166),
  MODIFIABLE(0x170),
  COPYABLE(0x171),
  DESTROYABLE(0x172),
  EC_PARAMS(0x180),
  EC_POINT(0x181),
  ALWAYS_AUTHENTICATE(0x202),
  WRAP_WITH_TRUSTED(0x210),
  PARAMETER_SET(0x61d),
  SEED(0x637),
  ALLOWED_MECHANISMS(0x40000600);

  private final long code;

  Cka(long code) {
    this.code = code;
  }

  long code() {
    return code;
  }

  /// Whether its value is one CK_ULONG.
  boolean isNumber() {
    return switch (this) {
      case CLASS, KEY_TYPE, MODULUS_BITS, VALUE_LEN, KEY_GEN_MECHANISM, PARAMETER_SET -> true;
      default -> false;
    };
  }

  /// @param name as the standard writes it: `CKA_TOKEN`
  static Optional<Cka> named(String name) {
    return Arrays.stream(values()).filter(type -> type.toString().equals(name)).findFirst();
  }

  @Override
  public String toString() {
    return "CKA_" + name();
  }
}
