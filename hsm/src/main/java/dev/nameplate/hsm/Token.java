package dev.nameplate.hsm;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// One token in a module, found by its label; opens sessions and logs in.
///
/// A wrong PIN is given once. Before every C_Login the token's flags are read, and if they say that
/// a wrong PIN was given before, only a person may try again: that holds across restarts and for
/// several processes. After a PIN error no further C_Login to this token is made in this process:
/// that holds for tokens without such flags.
final class Token {

  private final Pkcs11Module module;
  private final HsmSettings settings;

  // Written under the monitor.
  private volatile String serial = "";

  Token(Pkcs11Module module, HsmSettings settings) {
    this.module = module;
    this.settings = settings;
  }

  String label() {
    return settings.token();
  }

  /// Opens a session and logs in if this process is not. The caller is inside [Pkcs11Module#call].
  ///
  /// @param others how many sessions the caller has open already
  /// @throws HsmException with the code CKR_SESSION_COUNT if these are all that the token allows
  synchronized Session open(Pkcs11 pkcs11, long generation, int others) {
    long slot = slot(pkcs11);
    var info = pkcs11.getTokenInfo(slot);
    if (others >= info.mostSessions()) {
      throw HsmException.of("C_OpenSession", Ckr.CKR_SESSION_COUNT.code())
          .explained("the token says that it allows " + info.mostSessions());
    }
    long session = pkcs11.openSession(slot, info.writeProtected() ? 0 : Ck.CKF_RW_SESSION);
    try {
      login(pkcs11, slot, session);
      return new Session(pkcs11, slot, session, generation);
    } catch (RuntimeException refused) {
      new Session(pkcs11, slot, session, generation).close();
      throw refused;
    }
  }

  /// Some function had this to say about the PIN: nobody tries it again.
  void latch(HsmException said) {
    module.latch(
        identity(), said.function().orElse("") + ": " + said.ckr().orElse("a word about the PIN"));
  }

  boolean isLatched() {
    return module.latch(identity()).isPresent();
  }

  private void login(Pkcs11 pkcs11, long slot, long session) {
    long state = pkcs11.getSessionInfo(session);
    if (state == Ck.CKS_RW_USER_FUNCTIONS || state == Ck.CKS_RO_USER_FUNCTIONS) {
      return;
    }
    // Not those of before: another process may have given a wrong PIN since.
    var info = pkcs11.getTokenInfo(slot);
    if (!info.loginRequired()) {
      return;
    }
    requireAllowed(info);
    try (var secret = PinFile.read(settings.pin())) {
      pkcs11.login(session, Ck.CKU_USER, secret);
    } catch (HsmException refused) {
      if (refused.hasCode(Ckr.CKR_USER_ALREADY_LOGGED_IN)) {
        return;
      }
      throw judged(refused);
    }
  }

  private void requireAllowed(TokenInfo info) {
    var latch = module.latch(identity());
    if (latch.isPresent()) {
      throw HsmException.of(
          Fault.PIN, "no login is tried after " + latch.get() + "; " + rightPinAndRestart());
    }
    if (!info.pinWarning().isEmpty()) {
      var why = "no login is tried while " + info.pinWarning() + " is set: ";
      throw HsmException.of(
          Fault.PIN,
          info.pinLocked()
              ? why + "too many wrong PINs were given; " + unlock()
              : why
                  + "a wrong PIN was given before, and another could lock the token; once "
                  + PinFile.describe(settings.pin())
                  + " is right, log in by hand, which clears the flag: "
                  + byHand());
    }
  }

  /// A code that the standard does not know may well be a vendor's word for a wrong PIN.
  private HsmException judged(HsmException refused) {
    boolean aboutThePin = refused.fault() == Fault.PIN || refused.isUnknown();
    if (!aboutThePin || !refused.isFrom("C_Login")) {
      return refused;
    }
    latch(refused);
    return refused
        .as(Fault.PIN)
        .explained(
            refused.hasCode(Ckr.CKR_PIN_LOCKED)
                ? unlock()
                : "no other try is made; " + rightPinAndRestart());
  }

  private String rightPinAndRestart() {
    return "put the right PIN into "
        + PinFile.describe(settings.pin())
        + ", log in once by hand to be sure, and restart: "
        + byHand();
  }

  private String unlock() {
    return "the security officer has to set a new PIN: "
        + tool()
        + " --login --login-type so --init-pin";
  }

  private String byHand() {
    return tool() + " --login --list-objects";
  }

  private String tool() {
    var variables =
        settings.environment().entrySet().stream()
            .map(variable -> variable.getKey() + "=" + variable.getValue() + " ")
            .sorted()
            .collect(Collectors.joining());
    return variables
        + "pkcs11-tool --module "
        + settings.module()
        + " --token-label '"
        + label()
        + "'";
  }

  private String identity() {
    return label() + " " + serial;
  }

  private long slot(Pkcs11 pkcs11) {
    var slots = new ArrayList<Long>();
    var serials = new ArrayList<String>();
    var broken = new ArrayList<HsmException>();
    for (long slot : pkcs11.getSlotList()) {
      try {
        var info = pkcs11.getTokenInfo(slot);
        if (info.initialized() && info.label().equals(label()) && isTheSame(info)) {
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
