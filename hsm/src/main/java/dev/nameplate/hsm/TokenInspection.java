package dev.nameplate.hsm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Looks at a PKCS#11 library and the tokens in it without logging in, so that no PIN is needed and
/// none is spoiled.
public final class TokenInspection {

  private static final Map<Long, String> USES = uses();

  private TokenInspection() {}

  /// What the library of these settings says; whoever uses it in this process is not disturbed.
  ///
  /// @throws HsmException if it cannot be loaded or initialised
  public static ModuleReport look(HsmSettings token) {
    return look(token.module(), token.environment(), token.initialization());
  }

  /// The same of any library.
  ///
  /// @param environment variables that it reads from its process
  /// @throws HsmException if it cannot be loaded or initialised
  public static ModuleReport look(Path library, Map<String, String> environment) {
    return look(library, environment, "");
  }

  private static ModuleReport look(
      Path library, Map<String, String> environment, String initialization) {
    var module = Pkcs11Module.at(library, environment);
    module.join(environment, initialization);
    try {
      return module.call(pkcs11 -> report(library, pkcs11));
    } finally {
      module.leave();
    }
  }

  private static ModuleReport report(Path library, Pkcs11 pkcs11) {
    var info = pkcs11.getInfo();
    return new ModuleReport(
        library.toString(),
        info.manufacturer(),
        info.description(),
        info.version(),
        info.cryptoki(),
        pkcs11.getSlotList().stream().map(slot -> slot(pkcs11, slot)).toList());
  }

  private static ModuleReport.Slot slot(Pkcs11 pkcs11, long slot) {
    var id = "0x" + Long.toHexString(slot);
    try {
      var description = pkcs11.getSlotInfo(slot).description();
      return new ModuleReport.Slot(id, description, token(pkcs11, slot), null);
    } catch (HsmException broken) {
      return new ModuleReport.Slot(id, "", null, String.valueOf(broken.getMessage()));
    }
  }

  private static ModuleReport.Token token(Pkcs11 pkcs11, long slot) {
    var info = pkcs11.getTokenInfo(slot);
    return new ModuleReport.Token(
        info.label(),
        info.manufacturer(),
        info.model(),
        info.serial(),
        info.hardware(),
        info.firmware(),
        TokenFlag.namesOf(info.flags()),
        info.pinWarning().isEmpty() ? "ok" : info.pinWarning(),
        limit(info.maxSessions()),
        limit(info.maxRwSessions()),
        offers(pkcs11, slot));
  }

  private static List<ModuleReport.Offer> offers(Pkcs11 pkcs11, long slot) {
    var offers = new ArrayList<ModuleReport.Offer>();
    for (long mechanism : pkcs11.getMechanismList(slot)) {
      var info = pkcs11.getMechanismInfo(slot, mechanism);
      offers.add(
          new ModuleReport.Offer(
              MechanismName.of(mechanism),
              info.smallest(),
              info.largest(),
              USES.entrySet().stream()
                  .filter(use -> (info.flags() & use.getKey()) != 0)
                  .map(Map.Entry::getValue)
                  .toList()));
    }
    return offers;
  }

  private static String limit(long sessions) {
    if (sessions == TokenInfo.UNAVAILABLE) {
      return "unknown";
    }
    return sessions == 0 ? "any" : Long.toString(sessions);
  }

  /// CKF bits of a CK_MECHANISM_INFO.
  private static Map<Long, String> uses() {
    var uses = new LinkedHashMap<Long, String>();
    uses.put(0x1L, "in hardware");
    uses.put(0x8000L, "generate");
    uses.put(0x10000L, "generate pair");
    uses.put(0x800L, "sign");
    uses.put(0x2000L, "verify");
    uses.put(0x100L, "encrypt");
    uses.put(0x200L, "decrypt");
    uses.put(0x20000L, "wrap");
    uses.put(0x40000L, "unwrap");
    uses.put(0x80000L, "derive");
    uses.put(0x400L, "digest");
    return uses;
  }
}
