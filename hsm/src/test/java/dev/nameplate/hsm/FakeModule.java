package dev.nameplate.hsm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A PKCS#11 library written in Java: a CK_FUNCTION_LIST whose functions are upcalls, over the
/// JDK's own cryptography. It has one token, with keys of all types; it signs data that it hashes
/// itself and has no raw mechanism, and it knows ML-DSA as PKCS#11 3.2 has it.
///
/// What the names of its methods mean is in [CFunction].
@SuppressWarnings({"restricted", "unused"}) // they are found by name
final class FakeModule {

  static final String LABEL = "fake";

  private static final long SLOT = 7;
  private static final long CKF_RNG_AND_LOGIN = 1 | Ck.CKF_LOGIN_REQUIRED;
  private static final Set<Ckm> GENERATE =
      Set.of(
          Ckm.RSA_PKCS_KEY_PAIR_GEN,
          Ckm.EC_KEY_PAIR_GEN,
          Ckm.EC_EDWARDS_KEY_PAIR_GEN,
          Ckm.ML_DSA_KEY_PAIR_GEN);
  private static final Map<Ckm, String> SIGN =
      Map.ofEntries(
          Map.entry(Ckm.SHA256_RSA_PKCS, "SHA256withRSA"),
          Map.entry(Ckm.SHA384_RSA_PKCS, "SHA384withRSA"),
          Map.entry(Ckm.SHA256_RSA_PKCS_PSS, "RSASSA-PSS"),
          Map.entry(Ckm.SHA384_RSA_PKCS_PSS, "RSASSA-PSS"),
          Map.entry(Ckm.ECDSA_SHA256, "SHA256withECDSAinP1363Format"),
          Map.entry(Ckm.ECDSA_SHA384, "SHA384withECDSAinP1363Format"),
          Map.entry(Ckm.ECDSA_SHA512, "SHA512withECDSAinP1363Format"),
          Map.entry(Ckm.EDDSA, "Ed25519"),
          Map.entry(Ckm.ML_DSA, "ML-DSA"));
  private static final Map<String, String> CURVES =
      Map.of(
          "06082a8648ce3d030107", "secp256r1",
          "06052b81040022", "secp384r1",
          "06052b81040023", "secp521r1");

  private final byte[] pin;
  private final MemorySegment list = Arena.global().allocate(NativePkcs11.FUNCTION_LIST, 8);
  private final Map<Long, Thing> objects = new LinkedHashMap<>();
  private final Map<Long, Operations> sessions = new HashMap<>();
  private final Pkcs11Module module;
  private long handles;
  private boolean loggedIn;

  /// An object; only a private key can sign.
  private record Thing(Map<Long, byte[]> attributes, @Nullable PrivateKey key) {

    boolean has(Map<Long, byte[]> wanted) {
      return wanted.entrySet().stream()
          .allMatch(want -> Arrays.equals(attributes.get(want.getKey()), want.getValue()));
    }
  }

  /// What is going on in a session.
  private static final class Operations {
    private final Queue<Long> found = new ArrayDeque<>();
    private @Nullable Signature signing;
  }

  /// A code that is not CKR_OK.
  private static final class CkrException extends Exception {
    private static final long serialVersionUID = 1L;
    private final Ckr code;

    CkrException(Ckr code) {
      this.code = code;
    }
  }

  /// @param pin the user PIN of the token
  FakeModule(String pin) {
    this.pin = pin.getBytes(StandardCharsets.UTF_8);
    list.set(JAVA_BYTE, 0, (byte) 3);
    list.set(JAVA_BYTE, 1, (byte) 2);
    for (var function : CFunction.values()) {
      var type = function.descriptor().toMethodType();
      try {
        function.put(
            list,
            MethodHandles.lookup()
                .findVirtual(FakeModule.class, function.method(), type)
                .bindTo(this));
      } catch (ReflectiveOperationException missing) {
        throw new LinkageError(function + " is not there", missing);
      }
    }
    module = new Pkcs11Module("the fake module", NativePkcs11.at(list));
  }

  /// The same every time, as a library is.
  Pkcs11Module module() {
    return module;
  }

  synchronized long initialize(MemorySegment arguments) {
    return 0;
  }

  synchronized long finalizeModule(MemorySegment reserved) {
    sessions.clear();
    loggedIn = false;
    return 0;
  }

  synchronized long getInfo(MemorySegment info) {
    return 0;
  }

  synchronized long getSlotList(byte present, MemorySegment slots, MemorySegment count) {
    Native.sized(slots, 8).set(JAVA_LONG, 0, SLOT);
    Native.sized(count, 8).set(JAVA_LONG, 0, 1);
    return 0;
  }

  synchronized long getSlotInfo(long slot, MemorySegment info) {
    return 0;
  }

  synchronized long getTokenInfo(long slot, MemorySegment pointer) {
    var type = Struct.CK_TOKEN_INFO;
    var info = Native.sized(pointer, type.size());
    info.asSlice(0, type.offset("flags")).fill((byte) ' ');
    MemorySegment.copy(
        LABEL.getBytes(StandardCharsets.UTF_8), 0, info, JAVA_BYTE, 0, LABEL.length());
    info.set(JAVA_LONG, type.offset("flags"), CKF_RNG_AND_LOGIN | Ck.CKF_TOKEN_INITIALIZED);
    return 0;
  }

  synchronized long getMechanismList(long slot, MemorySegment pointer, MemorySegment count) {
    var mechanisms = Native.sized(pointer, 8L * Ckm.values().length);
    long offered = 0;
    for (var mechanism : Ckm.values()) {
      if (GENERATE.contains(mechanism) || SIGN.containsKey(mechanism)) {
        mechanisms.setAtIndex(JAVA_LONG, offered++, mechanism.code());
      }
    }
    Native.sized(count, 8).set(JAVA_LONG, 0, offered);
    return 0;
  }

  synchronized long getMechanismInfo(long slot, long mechanism, MemorySegment pointer) {
    var type = Struct.CK_MECHANISM_INFO;
    var info = Native.sized(pointer, type.size());
    boolean generates = GENERATE.stream().anyMatch(known -> known.code() == mechanism);
    info.set(JAVA_LONG, type.offset("flags"), generates ? Ck.CKF_GENERATE_KEY_PAIR : Ck.CKF_SIGN);
    boolean rsa = mechanism == Ckm.RSA_PKCS_KEY_PAIR_GEN.code();
    info.set(JAVA_LONG, type.offset("ulMinKeySize"), rsa ? 2048 : 0);
    info.set(JAVA_LONG, type.offset("ulMaxKeySize"), rsa ? 3072 : 0);
    return 0;
  }

  synchronized long openSession(
      long slot, long flags, MemorySegment app, MemorySegment notify, MemorySegment session) {
    sessions.put(++handles, new Operations());
    Native.sized(session, 8).set(JAVA_LONG, 0, handles);
    return 0;
  }

  synchronized long closeSession(long session) {
    loggedIn &= sessions.remove(session) == null || !sessions.isEmpty();
    return 0;
  }

  synchronized long getSessionInfo(long session, MemorySegment pointer) {
    var type = Struct.CK_SESSION_INFO;
    Native.sized(pointer, type.size())
        .set(JAVA_LONG, type.offset("state"), loggedIn ? Ck.CKS_RW_USER_FUNCTIONS : 2);
    return 0;
  }

  synchronized long login(long session, long user, MemorySegment bytes, long length) {
    if (!Arrays.equals(Native.sized(bytes, length).toArray(JAVA_BYTE), pin)) {
      return Ckr.CKR_PIN_INCORRECT.code();
    }
    loggedIn = true;
    return 0;
  }

  synchronized long destroyObject(long session, long object) {
    return objects.remove(object) == null ? Ckr.CKR_OBJECT_HANDLE_INVALID.code() : 0;
  }

  synchronized long getAttributeValue(
      long session, long object, MemorySegment pointer, long count) {
    var thing = objects.get(object);
    if (thing == null) {
      return Ckr.CKR_OBJECT_HANDLE_INVALID.code();
    }
    var type = Struct.CK_ATTRIBUTE;
    var template = Native.sized(pointer, count * type.size());
    long result = 0;
    for (long i = 0; i < count; i++) {
      var attribute = template.asSlice(i * type.size(), type.size());
      var value = thing.attributes().get(attribute.get(JAVA_LONG, 0));
      long length = -1;
      if (value == null) {
        result = Ckr.CKR_ATTRIBUTE_TYPE_INVALID.code();
      } else if (value.length > type.number(attribute, "ulValueLen")) {
        result = Ckr.CKR_BUFFER_TOO_SMALL.code();
      } else {
        length = value.length;
        var into = Native.sized(attribute.get(ADDRESS, type.offset("pValue")), length);
        MemorySegment.copy(value, 0, into, JAVA_BYTE, 0, value.length);
      }
      attribute.set(JAVA_LONG, type.offset("ulValueLen"), length);
    }
    return result;
  }

  synchronized long findObjectsInit(long session, MemorySegment template, long count) {
    var wanted = read(template, count);
    var found = sessions.getOrDefault(session, new Operations()).found;
    found.clear();
    objects.forEach((handle, thing) -> {
      if (thing.has(wanted)) {
        found.add(handle);
      }
    });
    return 0;
  }

  synchronized long findObjects(long session, MemorySegment into, long most, MemorySegment count) {
    var found = sessions.getOrDefault(session, new Operations()).found;
    var handle = Native.sized(into, 8 * most);
    long number = 0;
    while (number < most && !found.isEmpty()) {
      handle.setAtIndex(JAVA_LONG, number++, found.remove());
    }
    Native.sized(count, 8).set(JAVA_LONG, 0, number);
    return 0;
  }

  synchronized long findObjectsFinal(long session) {
    return 0;
  }

  synchronized long signInit(long session, MemorySegment pointer, long key) {
    var operations = sessions.get(session);
    if (operations == null) {
      return Ckr.CKR_SESSION_HANDLE_INVALID.code();
    }
    if (operations.signing != null) {
      return Ckr.CKR_OPERATION_ACTIVE.code();
    }
    var thing = objects.get(key);
    if (thing == null || thing.key() == null) {
      return Ckr.CKR_KEY_HANDLE_INVALID.code();
    }
    try {
      var mechanism = Native.sized(pointer, Struct.CK_MECHANISM.size());
      operations.signing = signature(mechanism, thing);
      return 0;
    } catch (CkrException refused) {
      return refused.code.code();
    } catch (GeneralSecurityException refused) {
      return Ckr.CKR_KEY_TYPE_INCONSISTENT.code();
    }
  }

  synchronized long sign(
      long session, MemorySegment data, long size, MemorySegment into, MemorySegment length) {
    var operations = sessions.get(session);
    if (operations == null) {
      return Ckr.CKR_SESSION_HANDLE_INVALID.code();
    }
    var signing = operations.signing;
    operations.signing = null;
    if (signing == null) {
      return Ckr.CKR_OPERATION_NOT_INITIALIZED.code();
    }
    try {
      signing.update(Native.sized(data, size).toArray(JAVA_BYTE));
      var signature = signing.sign();
      var room = Native.sized(length, 8);
      if (room.get(JAVA_LONG, 0) < signature.length) {
        return Ckr.CKR_BUFFER_TOO_SMALL.code();
      }
      room.set(JAVA_LONG, 0, signature.length);
      MemorySegment.copy(
          signature, 0, Native.sized(into, signature.length), JAVA_BYTE, 0, signature.length);
      return 0;
    } catch (GeneralSecurityException broken) {
      return Ckr.CKR_FUNCTION_FAILED.code();
    }
  }

  synchronized long generateKeyPair(
      long session,
      MemorySegment mechanism,
      MemorySegment publicTemplate,
      long publicCount,
      MemorySegment privateTemplate,
      long privateCount,
      MemorySegment publicKey,
      MemorySegment privateKey) {
    var ofPublic = read(publicTemplate, publicCount);
    var ofPrivate = read(privateTemplate, privateCount);
    try {
      var pair = pair(Native.sized(mechanism, 8).get(JAVA_LONG, 0), ofPublic);
      describe(pair, ofPublic);
      put(ofPublic, Attribute.of(Cka.CLASS, Ck.CKO_PUBLIC_KEY));
      put(ofPrivate, Attribute.of(Cka.CLASS, Ck.CKO_PRIVATE_KEY));
      for (var origin : List.of(Cka.LOCAL, Cka.ALWAYS_SENSITIVE, Cka.NEVER_EXTRACTABLE)) {
        put(ofPrivate, Attribute.of(origin, true));
      }
      objects.put(++handles, new Thing(ofPublic, null));
      Native.sized(publicKey, 8).set(JAVA_LONG, 0, handles);
      objects.put(++handles, new Thing(ofPrivate, pair.getPrivate()));
      Native.sized(privateKey, 8).set(JAVA_LONG, 0, handles);
      return 0;
    } catch (CkrException refused) {
      return refused.code.code();
    } catch (GeneralSecurityException refused) {
      return Ckr.CKR_TEMPLATE_INCONSISTENT.code();
    }
  }

  synchronized long generateRandom(long session, MemorySegment into, long size) {
    return 0;
  }

  private static Signature signature(MemorySegment mechanism, Thing thing)
      throws GeneralSecurityException, CkrException {
    long wanted = mechanism.get(JAVA_LONG, 0);
    var allowed = thing.attributes().get(Cka.ALLOWED_MECHANISMS.code());
    if (allowed != null
        && !Arrays.equals(allowed, Attribute.of(Cka.ALLOWED_MECHANISMS, wanted).value())) {
      throw new CkrException(Ckr.CKR_MECHANISM_INVALID);
    }
    for (var known : SIGN.entrySet()) {
      if (known.getKey().code() == wanted) {
        var signature =
            known.getValue().equals("RSASSA-PSS")
                ? pss(known.getKey(), mechanism)
                : Signature.getInstance(known.getValue());
        signature.initSign(thing.key());
        return signature;
      }
    }
    throw new CkrException(Ckr.CKR_MECHANISM_INVALID);
  }

  private static Signature pss(Ckm known, MemorySegment mechanism)
      throws GeneralSecurityException, CkrException {
    var hash = known == Ckm.SHA256_RSA_PKCS_PSS ? Hash.SHA_256 : Hash.SHA_384;
    var given =
        Native.sized(
                mechanism.get(ADDRESS, Struct.CK_MECHANISM.offset("pParameter")),
                Struct.CK_MECHANISM.number(mechanism, "ulParameterLen"))
            .toArray(JAVA_BYTE);
    if (!Arrays.equals(given, hash.pssParameters())) {
      throw new CkrException(Ckr.CKR_MECHANISM_PARAM_INVALID);
    }
    return (hash == Hash.SHA_256
            ? SignatureAlgorithm.RSASSA_PSS_SHA256
            : SignatureAlgorithm.RSASSA_PSS_SHA384)
        .signature();
  }

  private static KeyPair pair(long mechanism, Map<Long, byte[]> template)
      throws GeneralSecurityException, CkrException {
    if (mechanism == Ckm.RSA_PKCS_KEY_PAIR_GEN.code()) {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize((int) number(template, Cka.MODULUS_BITS));
      return generator.generateKeyPair();
    }
    if (mechanism == Ckm.EC_KEY_PAIR_GEN.code()) {
      var curve = CURVES.get(HexFormat.of().formatHex(template.get(Cka.EC_PARAMS.code())));
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(String.valueOf(curve)));
      return generator.generateKeyPair();
    }
    if (mechanism == Ckm.EC_EDWARDS_KEY_PAIR_GEN.code()) {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }
    if (mechanism == Ckm.ML_DSA_KEY_PAIR_GEN.code()) {
      var name = List.of("", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87");
      return KeyPairGenerator.getInstance(name.get((int) number(template, Cka.PARAMETER_SET)))
          .generateKeyPair();
    }
    throw new CkrException(Ckr.CKR_MECHANISM_INVALID);
  }

  private static void describe(KeyPair pair, Map<Long, byte[]> attributes) {
    var info = PublicKeyInfo.of(pair.getPublic());
    var scheme = KeyScheme.of(info.type());
    put(attributes, Attribute.of(Cka.KEY_TYPE, scheme.keyType()));
    if (pair.getPublic() instanceof RSAPublicKey rsa) {
      put(attributes, Attribute.of(Cka.MODULUS, unsigned(rsa.getModulus())));
      put(attributes, Attribute.of(Cka.PUBLIC_EXPONENT, unsigned(rsa.getPublicExponent())));
    } else if (scheme instanceof MlDsaScheme) {
      put(attributes, Attribute.of(Cka.VALUE, info.keyBits()));
    } else {
      put(attributes, Attribute.of(Cka.EC_POINT, Asn1.value(Asn1.OCTET_STRING, info.keyBits())));
    }
  }

  private static byte[] unsigned(BigInteger number) {
    var bytes = number.toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  private static void put(Map<Long, byte[]> attributes, Attribute attribute) {
    attributes.put(attribute.type().code(), attribute.value());
  }

  private static long number(Map<Long, byte[]> template, Cka type) {
    return MemorySegment.ofArray(template.get(type.code())).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
  }

  private static Map<Long, byte[]> read(MemorySegment pointer, long count) {
    var type = Struct.CK_ATTRIBUTE;
    var template = Native.sized(pointer, count * type.size());
    var attributes = new HashMap<Long, byte[]>();
    for (long i = 0; i < count; i++) {
      var attribute = template.asSlice(i * type.size(), type.size());
      var value =
          Native.sized(
              attribute.get(ADDRESS, type.offset("pValue")), type.number(attribute, "ulValueLen"));
      attributes.put(attribute.get(JAVA_LONG, 0), value.toArray(JAVA_BYTE));
    }
    return attributes;
  }
}
