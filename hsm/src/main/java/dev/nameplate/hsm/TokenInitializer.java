package dev.nameplate.hsm;

/// Makes a token in a slot that has none yet, with C_InitToken and C_InitPIN.
final class TokenInitializer {

  private final Pkcs11Module module;

  /// The caller has joined the module.
  TokenInitializer(Pkcs11Module module) {
    this.module = module;
  }

  /// @throws HsmException if there is a token with this label
  void requireFree(String label) {
    module.call(pkcs11 -> {
      for (long slot : pkcs11.getSlotList()) {
        var info = pkcs11.getTokenInfo(slot);
        if (info.initialized() && info.label().equals(label)) {
          throw HsmException.refused("there is a token with label " + label);
        }
      }
      return label;
    });
  }

  /// @throws HsmException if no slot is free, or the token refuses; it may then be half made
  void initialize(String label, Pin soPin, Pin pin) {
    module.call(pkcs11 -> {
      long slot = freeSlot(pkcs11);
      pkcs11.initToken(slot, soPin, label);
      long session = pkcs11.openSession(slot, Ck.CKF_RW_SESSION);
      try {
        pkcs11.login(session, Ck.CKU_SO, soPin);
        pkcs11.initPin(session, pin);
      } finally {
        pkcs11.closeSession(session); // the token's only session: this logs out too
      }
      return slot;
    });
  }

  private static long freeSlot(Pkcs11 pkcs11) {
    return pkcs11.getSlotList().stream()
        .filter(slot -> !pkcs11.getTokenInfo(slot).initialized())
        .findFirst()
        .orElseThrow(
            () -> HsmException.found("C_GetSlotList", Fault.CALLER, "no slot is free for a token"));
  }
}
