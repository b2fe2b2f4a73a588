package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyEvidence.Attempt;
import dev.nameplate.ca.signing.KeyEvidence.Outcome;
import dev.nameplate.ca.x509.KeyType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at one private key from close by: reads what its token says of it, and tries what the
/// token must refuse. What works all the same is undone, as far as it can be.
final class KeyWitness {

  private static final Logger LOG = LoggerFactory.getLogger(KeyWitness.class);

  private static final String NOT_SHOWN = "not shown";

  private static final Set<Cka> NUMBERS = Set.of(Cka.KEY_TYPE, Cka.KEY_GEN_MECHANISM);

  private static final List<Cka> ATTRIBUTES =
      List.of(
          Cka.LABEL,
          Cka.ID,
          Cka.KEY_TYPE,
          Cka.KEY_GEN_MECHANISM,
          Cka.LOCAL,
          Cka.TOKEN,
          Cka.PRIVATE,
          Cka.SENSITIVE,
          Cka.ALWAYS_SENSITIVE,
          Cka.EXTRACTABLE,
          Cka.NEVER_EXTRACTABLE,
          Cka.WRAP_WITH_TRUSTED,
          Cka.MODIFIABLE,
          Cka.COPYABLE,
          Cka.DESTROYABLE,
          Cka.ALWAYS_AUTHENTICATE,
          Cka.SIGN,
          Cka.SIGN_RECOVER,
          Cka.DECRYPT,
          Cka.UNWRAP,
          Cka.DERIVE,
          Cka.ALLOWED_MECHANISMS);

  private static final long CKM_AES_KEY_GEN = 0x1080;
  private static final int AES_KEY_BYTES = 32;

  /// What private keys are wrapped with, where a token wraps any.
  private static final List<Mechanism> WRAPPING =
      List.of(
          Mechanism.of(0x2109), // CKM_AES_KEY_WRAP
          Mechanism.of(0x210a), // CKM_AES_KEY_WRAP_PAD
          Mechanism.of(0x210b), // CKM_AES_KEY_WRAP_KWP
          Mechanism.of(0x1085, new byte[16])); // CKM_AES_CBC_PAD, with an IV

  /// What keys of a family could sign with, were it not forbidden.
  private static final List<Long> RSA_SIGNING =
      List.of(0x40L, 0x41L, 0x42L, 0x6L, 0x3L, 0x1L); // CKM_SHA*_RSA_PKCS, X_509, PKCS

  private static final List<Long> EC_SIGNING =
      List.of(0x1044L, 0x1045L, 0x1046L, 0x1042L); // CKM_ECDSA_SHA256, 384, 512, 1

  private static final byte[] ANYTHING = new byte[32];

  private final Pkcs11 pkcs11;
  private final long slot;
  private final long session;
  private final long key;
  private final KeyType type;

  /// @param key the handle of the private key
  KeyWitness(Pkcs11 pkcs11, long slot, long session, long key, KeyType type) {
    this.pkcs11 = pkcs11;
    this.slot = slot;
    this.session = session;
    this.key = key;
    this.type = type;
  }

  /// What was seen and tried.
  record Testimony(
      Map<String, String> module,
      Map<String, String> token,
      Map<String, String> attributes,
      List<Attempt> attempts) {}

  Testimony testify() {
    // Before anything is tried: what works changes the key.
    var attributes = attributes();
    return new Testimony(module(), token(), attributes, attempts(attributes));
  }

  private Map<String, String> module() {
    var info = pkcs11.getInfo();
    return Map.of(
        "manufacturer", info.manufacturer(),
        "description", info.description(),
        "version", info.version(),
        "cryptoki", info.cryptoki());
  }

  private Map<String, String> token() {
    var info = pkcs11.getTokenInfo(slot);
    return Map.of(
        "label", info.label(),
        "manufacturer", info.manufacturer(),
        "model", info.model(),
        "serial", info.serial(),
        "hardware", info.hardware(),
        "firmware", info.firmware(),
        "flags",
            "0x%x %s".formatted(info.flags(), String.join(" ", TokenFlag.namesOf(info.flags()))));
  }

  private Map<String, String> attributes() {
    var seen = new TreeMap<String, String>();
    for (var attribute : ATTRIBUTES) {
      seen.put(attribute.toString(), read(attribute));
    }
    return seen;
  }

  /// One at a time: there are tokens that show nothing at all when asked for one they do not know.
  private String read(Cka attribute) {
    try {
      var value = pkcs11.getAttributeValue(session, key, List.of(attribute)).get(attribute);
      return value == null ? NOT_SHOWN : text(attribute, value);
    } catch (HsmException refused) {
      return NOT_SHOWN + ": " + code(refused);
    }
  }

  private static String text(Cka attribute, byte[] value) {
    if (attribute == Cka.LABEL) {
      return new String(value, StandardCharsets.UTF_8);
    }
    if (attribute == Cka.ALLOWED_MECHANISMS && value.length % Long.BYTES == 0) {
      var numbers = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).asLongBuffer();
      var names = new ArrayList<String>();
      while (numbers.hasRemaining()) {
        names.add(MechanismName.of(numbers.get()));
      }
      return String.join(" ", names);
    }
    if (NUMBERS.contains(attribute) && value.length == Long.BYTES) {
      long number = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
      var hex = "0x" + Long.toHexString(number);
      return attribute == Cka.KEY_GEN_MECHANISM && number >= 0
          ? hex + " " + MechanismName.of(number)
          : hex;
    }
    if (attribute != Cka.ID && value.length == 1) {
      return value[0] == 0 ? "false" : "true";
    }
    return HexFormat.of().formatHex(value);
  }

  // ---- what must not work

  private List<Attempt> attempts(Map<String, String> attributes) {
    var attempts = new ArrayList<Attempt>();
    for (var secret : secrets()) {
      attempts.add(
          attempt(
              "read " + secret,
              "C_GetAttributeValue",
              true,
              () -> {
                pkcs11.tryAttribute(session, key, secret);
                return "the value was wiped";
              }));
    }
    attempts.add(copy(Attribute.of(Cka.EXTRACTABLE, true), "an extractable copy"));
    attempts.add(copy(Attribute.of(Cka.SENSITIVE, false), "a copy that is not sensitive"));
    attempts.addAll(wrap());
    attempts.add(change(Cka.EXTRACTABLE, true, attributes));
    attempts.add(change(Cka.SENSITIVE, false, attributes));
    attempts.add(signOtherwise(attributes.getOrDefault("CKA_ALLOWED_MECHANISMS", NOT_SHOWN)));
    return attempts;
  }

  private List<Cka> secrets() {
    return switch (type) {
      case RSA_2048, RSA_3072, RSA_4096 ->
          List.of(
              Cka.PRIVATE_EXPONENT,
              Cka.PRIME_1,
              Cka.PRIME_2,
              Cka.EXPONENT_1,
              Cka.EXPONENT_2,
              Cka.COEFFICIENT);
      case EC_P256, EC_P384, EC_P521, ED25519 -> List.of(Cka.VALUE);
      case ML_DSA_44, ML_DSA_65, ML_DSA_87 -> List.of(Cka.VALUE, Cka.SEED);
    };
  }

  private Attempt change(Cka attribute, boolean to, Map<String, String> attributes) {
    var what = "set " + attribute + " to " + to;
    if (attributes.getOrDefault(attribute.toString(), "").equals(String.valueOf(to))) {
      return notTried(what, "C_SetAttributeValue", "it is so already");
    }
    return attempt(
        what,
        "C_SetAttributeValue",
        true,
        () -> {
          pkcs11.setAttributeValue(session, key, List.of(Attribute.of(attribute, to)));
          return undone(
              "it was set back",
              () -> pkcs11.setAttributeValue(session, key, List.of(Attribute.of(attribute, !to))));
        });
  }

  private Attempt copy(Attribute other, String what) {
    return attempt(
        "make " + what,
        "C_CopyObject",
        true,
        () -> {
          long copy =
              pkcs11.copyObject(session, key, List.of(Attribute.of(Cka.TOKEN, false), other));
          return undone("the copy was destroyed", () -> pkcs11.destroyObject(session, copy));
        });
  }

  /// Under a key of this session, with everything that the token says it wraps with.
  private List<Attempt> wrap() {
    var offered = pkcs11.getMechanismList(slot);
    var usable =
        WRAPPING.stream()
            .filter(mechanism -> offered.contains(mechanism.type()) && wraps(mechanism.type()))
            .toList();
    if (usable.isEmpty()) {
      return List.of(
          notTried("wrap the key", "C_WrapKey", "the token offers no AES mechanism to wrap with"));
    }
    long wrapping;
    try {
      wrapping = wrappingKey();
    } catch (HsmException refused) {
      rethrowIfLost(refused);
      return List.of(
          notTried(
              "wrap the key",
              "C_WrapKey",
              "the token makes no AES key to wrap with: C_GenerateKey: " + code(refused)));
    }
    try {
      return usable.stream()
          .map(mechanism ->
              attempt(
                  "wrap the key with " + MechanismName.of(mechanism.type()),
                  "C_WrapKey",
                  true,
                  () -> {
                    pkcs11.wrapKey(session, mechanism, wrapping, key);
                    return "what came out was not kept";
                  }))
          .toList();
    } finally {
      undone("", () -> pkcs11.destroyObject(session, wrapping));
    }
  }

  private boolean wraps(long mechanism) {
    return (pkcs11.getMechanismInfo(slot, mechanism).flags() & Ck.CKF_WRAP) != 0;
  }

  private long wrappingKey() {
    return pkcs11.generateKey(
        session,
        Mechanism.of(CKM_AES_KEY_GEN),
        List.of(
            Attribute.of(Cka.CLASS, Ck.CKO_SECRET_KEY),
            Attribute.of(Cka.VALUE_LEN, AES_KEY_BYTES),
            Attribute.of(Cka.TOKEN, false),
            Attribute.of(Cka.SENSITIVE, true),
            Attribute.of(Cka.EXTRACTABLE, false),
            Attribute.of(Cka.ENCRYPT, true),
            Attribute.of(Cka.WRAP, true)));
  }

  /// With a mechanism that the key's own attributes leave out.
  private Attempt signOtherwise(String allowed) {
    var what = "sign with a mechanism that is not allowed";
    if (allowed.startsWith(NOT_SHOWN)) {
      return notTried(what, "C_SignInit", "the key does not say which mechanisms it is limited to");
    }
    var own = Set.of(allowed.split(" "));
    var offered = pkcs11.getMechanismList(slot);
    var candidates = isRsa() ? RSA_SIGNING : EC_SIGNING;
    long other =
        candidates.stream()
            .filter(each -> offered.contains(each) && !own.contains(MechanismName.of(each)))
            .findFirst()
            .orElse(candidates.getFirst());
    return attempt(
        "sign with " + MechanismName.of(other) + ", which is not allowed",
        "C_SignInit",
        false,
        () -> {
          pkcs11.signInit(session, Mechanism.of(other), key);
          // ends the operation, one way or another
          return undone("the signature was not kept", () -> pkcs11.sign(session, ANYTHING));
        });
  }

  private boolean isRsa() {
    return switch (type) {
      case RSA_2048, RSA_3072, RSA_4096 -> true;
      default -> false;
    };
  }

  /// Does what must fail; returns what became of its effect if it did not.
  @FunctionalInterface
  private interface Forbidden {
    String act();
  }

  private Attempt attempt(String what, String call, boolean exposes, Forbidden forbidden) {
    try {
      var after = forbidden.act();
      LOG.error("the token let somebody {}: {}", what, after);
      return new Attempt(what, call, exposes, new Outcome.Worked(after));
    } catch (HsmException refused) {
      rethrowIfLost(refused);
      return new Attempt(what, call, exposes, new Outcome.Refused(code(refused)));
    }
  }

  private static Attempt notTried(String what, String call, String why) {
    return new Attempt(what, call, false, new Outcome.NotTried(why));
  }

  private static String undone(String how, Runnable undo) {
    try {
      undo.run();
      return how;
    } catch (HsmException notUndone) {
      return "and it could not be undone: " + notUndone.getMessage();
    }
  }

  /// A token that went away has refused nothing.
  private static void rethrowIfLost(HsmException refused) {
    boolean says =
        refused.fault() == Fault.CALLER
            || refused.hasCode(Ckr.CKR_GENERAL_ERROR)
            || refused.hasCode(Ckr.CKR_FUNCTION_FAILED);
    if (!says) {
      throw refused;
    }
  }

  private static String code(HsmException refused) {
    return refused.ckr().orElse(String.valueOf(refused.getMessage()));
  }
}
