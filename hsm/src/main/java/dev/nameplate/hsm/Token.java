package dev.nameplate.hsm;

import java.util.ArrayList;
import java.util.List;

/// One token in a module, found by its label; opens sessions and logs in.
///
/// A wrong PIN is given once. Before every C_Login the token's flags are read, and if they say that
/// a wrong PIN was given before, only a person may try again: that holds across restarts. After a
/// PIN error no further C_Login is made by this object: that holds for tokens without such flags.
final class Token {

  private final String label;
  private final PinSource pin;
  private String serial = "";
  private String latch = "";

  Token(String label, PinSource pin) {
    this.label = label;
    this.pin = pin;
  }

  String label() {
    return label;
  }

  /// Opens a session and logs in if this process is not. The caller is inside [Pkcs11Module#call].
  synchronized Session open(Pkcs11 pkcs11, long generation) {
    if (!latch.isEmpty()) {
      throw HsmException.of(
          Fault.PIN, "no login is tried after " + latch + "; restart with the right PIN");
    }
    long slot = slot(pkcs11);
    long session = pkcs11.openSession(slot, Ck.CKF_RW_SESSION);
    try {
      login(pkcs11, slot, session);
      return new Session(pkcs11, slot, session, generation);
    } catch (RuntimeException refused) {
      new Session(pkcs11, slot, session, generation).close();
      throw refused;
    }
  }

  private void login(Pkcs11 pkcs11, long slot, long session) {
    long state = pkcs11.getSessionInfo(session);
    if (state == Ck.CKS_RW_USER_FUNCTIONS || state == Ck.CKS_RO_USER_FUNCTIONS) {
      return;
    }
    var info = pkcs11.getTokenInfo(slot);
    if (!info.loginRequired()) {
      return;
    }
    if (!info.pinWarning().isEmpty()) {
      throw HsmException.of(
          Fault.PIN,
          "no login is tried while "
              + info.pinWarning()
              + " is set: a wrong PIN was given before. Once the PIN file is right, log in by hand:"
              + " pkcs11-tool --module LIBRARY --token-label "
              + label
              + " --login --list-objects (SoftHSM: with SOFTHSM2_CONF set to the token's)");
    }
    try (var secret = PinFile.read(pin)) {
      pkcs11.login(session, Ck.CKU_USER, secret);
    } catch (HsmException refused) {
      if (refused.hasCode(Ckr.CKR_USER_ALREADY_LOGGED_IN)) {
        return;
      }
      if (refused.fault() == Fault.PIN) {
        latch = "C_Login: " + refused.ckr().orElse("a PIN error");
      }
      throw refused;
    }
  }

  private long slot(Pkcs11 pkcs11) {
    var slots = new ArrayList<Long>();
    var serials = new ArrayList<String>();
    var broken = new ArrayList<HsmException>();
    for (long slot : pkcs11.getSlotList()) {
      try {
        var info = pkcs11.getTokenInfo(slot);
        if (info.initialized() && info.label().equals(label) && isTheSame(info)) {
          slots.add(slot);
          serials.add(info.serial());
        }
      } catch (HsmException unreadable) {
        broken.add(unreadable); // perhaps another token than ours
      }
    }
    if (slots.size() > 1) {
      throw HsmException.found(
          "C_GetSlotList",
          Fault.CALLER,
          "several tokens have this label; their serials are " + serials);
    }
    if (slots.isEmpty()) {
      throw absent(broken);
    }
    serial = serials.getFirst();
    return slots.getFirst();
  }

  /// After the first login only the token with the same serial is ours.
  private boolean isTheSame(TokenInfo info) {
    return serial.isEmpty() || info.serial().equals(serial);
  }

  private HsmException absent(List<HsmException> broken) {
    if (!broken.isEmpty()) {
      return broken.getFirst();
    }
    var which = serial.isEmpty() ? "no token has this label" : "the token " + serial + " is gone";
    return HsmException.found("C_GetSlotList", Fault.MODULE, which);
  }
}
