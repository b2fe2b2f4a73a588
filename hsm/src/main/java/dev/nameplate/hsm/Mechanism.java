package dev.nameplate.hsm;

/// A CK_MECHANISM: what shall be done, and its parameters as C sees them.
final class Mechanism {

  private final long type;
  private final byte[] parameters;

  private Mechanism(long type, byte[] parameters) {
    this.type = type;
    this.parameters = parameters;
  }

  /// One without parameters.
  ///
  /// @param type a CKM constant
  static Mechanism of(long type) {
    return new Mechanism(type, new byte[0]);
  }

  static Mechanism of(Ckm type) {
    return of(type.code());
  }

  /// @param parameters the structure that the mechanism asks for, in the layout of LP64
  static Mechanism of(Ckm type, byte[] parameters) {
    return of(type.code(), parameters);
  }

  /// @param parameters the structure that the mechanism asks for, in the layout of LP64
  static Mechanism of(long type, byte[] parameters) {
    return new Mechanism(type, parameters.clone());
  }

  long type() {
    return type;
  }

  byte[] parameters() {
    return parameters.clone();
  }

  @Override
  public String toString() {
    return MechanismName.of(type);
  }
}
