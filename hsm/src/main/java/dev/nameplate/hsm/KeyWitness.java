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
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at one private key from close by: reads what its token says of it, and tries what the
/// token must refuse. What would change the key if it worked is tried on another one, of the same
/// template, that lives as long as the session; copies that come out are destroyed.
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
      List.of(0x1044L, 0x1045L, 0x1046L, 0x1042L, 0x1041L); // CKM_ECDSA_SHA256, 384, 512, 1, raw

  /// With these a token says that it does not know what was asked for, and refuses nothing.
  private static final Set<String> DOES_NOT_KNOW =
      Set.of(
          Ckr.CKR_FUNCTION_NOT_SUPPORTED.name(),
          Ckr.CKR_ATTRIBUTE_TYPE_INVALID.name(),
          Ckr.CKR_MECHANISM_PARAM_INVALID.name(),
          Ckr.CKR_ARGUMENTS_BAD.name(),
          Ckr.CKR_BUFFER_TOO_SMALL.name());

  private static final byte[] ANYTHING = new byte[32];

  private final Pkcs11 pkcs11;
  private final long slot;
  private final long session;
  private final long key;
  private final KeyType type;
  private final Supplier<Pkcs11.GeneratedPair> likeIt;
  private boolean leftBehind;

  /// @param key the handle of the private key
  /// @param likeIt makes another key of this session, as that one is made
  KeyWitness(
      Pkcs11 pkcs11,
      long slot,
      long session,
      long key,
      KeyType type,
      Supplier<Pkcs11.GeneratedPair> likeIt) {
    this.pkcs11 = pkcs11;
    this.slot = slot;
    this.session = session;
    this.key = key;
    this.type = type;
    this.likeIt = likeIt;
  }

  /// What was seen and tried.
  ///
  /// @param leftBehind whether something that was made could not be destroyed: then the session has
  ///   to end, and what belongs to it with it
  record Testimony(
      Map<String, String> module,
      Map<String, String> token,
      Map<String, String> attributes,
      List<Attempt> attempts,
      boolean leftBehind) {}

  Testimony testify() {
    var attributes = attributes();
    var attempts = attempts(attributes);
    return new Testimony(module(), token(), attributes, attempts, leftBehind);
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
    attempts.addAll(changes(attributes));
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

  /// Never of the key itself: CKA_NEVER_EXTRACTABLE and CKA_ALWAYS_SENSITIVE would be false for
  /// ever after, and who is interrupted leaves it as it is then.
  private List<Attempt> changes(Map<String, String> attributes) {
    var wanted =
        List.of(Attribute.of(Cka.EXTRACTABLE, true), Attribute.of(Cka.SENSITIVE, false)).stream()
            .filter(
                other -> !attributes.getOrDefault(other.type().toString(), "").equals(word(other)))
            .toList();
    if (wanted.isEmpty()) {
      return List.of(); // its attributes say how it is
    }
    Pkcs11.GeneratedPair other;
    try {
      other = likeIt.get();
    } catch (HsmException refused) {
      return wanted.stream()
          .map(
              each -> change(each, new Outcome.NotTried("there is no other key: " + said(refused))))
          .toList();
    }
    try {
      return wanted.stream()
          .map(each ->
              attempt(
                  describe(each),
                  "C_SetAttributeValue",
                  true,
                  () -> {
                    pkcs11.setAttributeValue(session, other.privateKey(), List.of(each));
                    return "the key itself was not touched";
                  }))
          .toList();
    } finally {
      destroyed(other.privateKey());
      destroyed(other.publicKey());
    }
  }

  private static Attempt change(Attribute to, Outcome outcome) {
    return new Attempt(describe(to), "C_SetAttributeValue", true, outcome);
  }

  private static String describe(Attribute to) {
    return "set %s to %s, of another key made like it".formatted(to.type(), word(to));
  }

  private static String word(Attribute attribute) {
    return text(attribute.type(), attribute.value());
  }

  private Attempt copy(Attribute other, String what) {
    return attempt(
        "make " + what,
        "C_CopyObject",
        true,
        () -> {
          long copy =
              pkcs11.copyObject(session, key, List.of(Attribute.of(Cka.TOKEN, false), other));
          boolean stays = isInToken(copy);
          if (destroyed(copy)) {
            return "the copy was destroyed" + (stays ? "; it had been made in the token" : "");
          }
          return "THE COPY COULD NOT BE DESTROYED"
              + (stays
                  ? ", and it is in the token: destroy it by hand"
                  : "; its session is closed");
        });
  }

  private boolean isInToken(long object) {
    try {
      var said = pkcs11.getAttributeValue(session, object, List.of(Cka.TOKEN)).get(Cka.TOKEN);
      return said != null && text(Cka.TOKEN, said).equals("true");
    } catch (HsmException silent) {
      LOG.debug("a copy does not say where it is: {}", silent.getMessage());
      return false;
    }
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
      return List.of(
          notTried(
              "wrap the key",
              "C_WrapKey",
              "the token makes no AES key to wrap with: C_GenerateKey: " + said(refused)));
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
      destroyed(wrapping);
    }
  }

  private boolean wraps(long mechanism) {
    return isFor(Ck.CKF_WRAP, mechanism);
  }

  private boolean isFor(long use, long mechanism) {
    return (pkcs11.getMechanismInfo(slot, mechanism).flags() & use) != 0;
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
    if (allowed.isEmpty()) {
      return notTried(what, "C_SignInit", "the key is limited to no mechanism");
    }
    var own = Set.of(allowed.split(" ", -1));
    var offered = pkcs11.getMechanismList(slot);
    var other =
        signing().stream()
            .filter(each ->
                offered.contains(each)
                    && !own.contains(MechanismName.of(each))
                    && isFor(Ck.CKF_SIGN, each))
            .findFirst();
    if (other.isEmpty()) {
      return notTried(what, "C_SignInit", "the token offers no other mechanism for this key");
    }
    long mechanism = other.get();
    return attempt(
        "sign with " + MechanismName.of(mechanism) + ", which is not allowed",
        "C_SignInit",
        false,
        () -> {
          pkcs11.signInit(session, Mechanism.of(mechanism), key);
          return endOfSigning();
        });
  }

  /// Ends the operation, one way or another.
  private String endOfSigning() {
    try {
      int length = pkcs11.sign(session, ANYTHING).length;
      return "the signature, of " + length + " bytes, was not kept";
    } catch (HsmException none) {
      leftBehind = true;
      return "no signature came: " + none.getMessage();
    }
  }

  private List<Long> signing() {
    return switch (type) {
      case RSA_2048, RSA_3072, RSA_4096 -> RSA_SIGNING;
      case EC_P256, EC_P384, EC_P521 -> EC_SIGNING;
      case ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 -> List.of();
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
      var said = said(refused);
      return new Attempt(
          what,
          call,
          exposes,
          DOES_NOT_KNOW.contains(said)
              ? new Outcome.NotTried("the token does not know how: " + said)
              : new Outcome.Refused(said));
    }
  }

  private static Attempt notTried(String what, String call, String why) {
    return new Attempt(what, call, false, new Outcome.NotTried(why));
  }

  /// Whether it is; if not, whoever runs this process must know, and the session must end.
  private boolean destroyed(long object) {
    try {
      pkcs11.destroyObject(session, object);
      return true;
    } catch (HsmException alive) {
      LOG.error(
          "what was made to see what the token refuses is not destroyed: {}", alive.getMessage());
      leftBehind = true;
      return false;
    }
  }

  /// What the token said, if it did: one that went away has refused nothing.
  private String said(HsmException refused) {
    boolean unclear =
        refused.isUnknown()
            || refused.hasCode(Ckr.CKR_GENERAL_ERROR)
            || refused.hasCode(Ckr.CKR_FUNCTION_FAILED);
    if (unclear) {
      requireAnswer(refused);
    } else if (refused.fault() != Fault.CALLER) {
      throw refused;
    }
    return code(refused);
  }

  private void requireAnswer(HsmException refused) {
    try {
      if (pkcs11.getAttributeValue(session, key, List.of(Cka.KEY_TYPE)).isEmpty()) {
        throw refused;
      }
    } catch (HsmException lost) {
      if (lost != refused) {
        lost.addSuppressed(refused);
      }
      throw lost;
    }
  }

  private static String code(HsmException refused) {
    return refused.ckr().orElse(String.valueOf(refused.getMessage()));
  }
}
