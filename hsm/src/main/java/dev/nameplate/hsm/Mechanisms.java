package dev.nameplate.hsm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a token offers of the mechanisms that we use. Asked for, and chosen from: nothing is taken
/// for granted.
final class Mechanisms {

  private final Map<Long, MechanismInfo> offered;

  private Mechanisms(Map<Long, MechanismInfo> offered) {
    this.offered = offered;
  }

  static Mechanisms of(Pkcs11 pkcs11, long slot) {
    var listed = Set.copyOf(pkcs11.getMechanismList(slot));
    var offered = new HashMap<Long, MechanismInfo>();
    for (var known : Ckm.values()) {
      if (listed.contains(known.code())) {
        offered.put(known.code(), pkcs11.getMechanismInfo(slot, known.code()));
      }
    }
    return new Mechanisms(offered);
  }

  /// @throws HsmException if the token cannot make such keys
  Mechanism generation(KeyScheme scheme) {
    var mechanism = Mechanism.of(scheme.generation());
    var obstacle = obstacle(mechanism, Ck.CKF_GENERATE_KEY_PAIR, scheme);
    if (!obstacle.isEmpty()) {
      throw HsmException.refused(
          "the token cannot make keys of type " + scheme.type().text() + ": " + obstacle);
    }
    return mechanism;
  }

  /// How a key signs.
  ///
  /// @param ties the mechanisms that the key may be used with (CKA_ALLOWED_MECHANISMS); any, if
  ///   there are none
  /// @throws HsmException if it cannot sign as it should
  Signing signing(KeyScheme scheme, KeyRules rules, Set<Long> ties) {
    var algorithms = scheme.algorithms(rules);
    var obstacles = new ArrayList<String>();
    // A key that is tied to another algorithm than the rules' goes on with that.
    for (var algorithm : ties.isEmpty() ? List.of(algorithms.getFirst()) : algorithms) {
      for (var signing : scheme.signings(algorithm)) {
        var mechanism = signing.mechanism();
        var obstacle =
            ties.isEmpty() || ties.contains(mechanism.type())
                ? obstacle(mechanism, Ck.CKF_SIGN, scheme)
                : "the key may not be used with " + mechanism;
        if (obstacle.isEmpty()) {
          return signing;
        }
        obstacles.add(obstacle);
      }
    }
    throw HsmException.refused(
        "the token cannot sign with this key of type "
            + scheme.type().text()
            + ": "
            + String.join(", ", obstacles));
  }

  /// Why a mechanism is of no use for such keys, or an empty text.
  private String obstacle(Mechanism mechanism, long use, KeyScheme scheme) {
    var info = offered.get(mechanism.type());
    if (info == null) {
      return "it has no " + mechanism;
    }
    if ((info.flags() & use) == 0) {
      return mechanism + " is not for that";
    }
    int bits = scheme.bits();
    // Where no limit is known, tokens say 0.
    if (bits > 0 && info.largest() > 0 && (bits < info.smallest() || bits > info.largest())) {
      return "%s is for keys of %d to %d bits"
          .formatted(mechanism, info.smallest(), info.largest());
    }
    return "";
  }
}
