package dev.nameplate.hsm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// A PKCS#11 library, called through `java.lang.foreign`.
///
/// Functions are taken from the CK_FUNCTION_LIST by position, since only C_GetFunctionList must be
/// an exported name. The layouts are in [Struct].
final class NativePkcs11 implements Pkcs11 {

  private static final long FUNCTIONS = 68;
  private static final long FIRST_FUNCTION = 8; // after CK_VERSION and its padding

  /// The size of a CK_FUNCTION_LIST, of version 2 and 3.
  static final long FUNCTION_LIST = FIRST_FUNCTION + FUNCTIONS * ADDRESS.byteSize();

  private static final int TOKEN_LABEL = 32;

  private static final int LARGEST_ATTRIBUTE = 4096;
  private static final int LARGEST_SIGNATURE = 8192;
  private static final int MOST_SLOTS = 1024;
  private static final int MOST_MECHANISMS = 4096;

  private static final long ATTRIBUTE = Struct.CK_ATTRIBUTE.size();
  private static final long VALUE_AT = Struct.CK_ATTRIBUTE.offset("pValue");
  private static final long LENGTH_AT = Struct.CK_ATTRIBUTE.offset("ulValueLen");

  private final MethodHandle initialize;
  private final MethodHandle finalizeModule;
  private final MethodHandle getInfo;
  private final MethodHandle getSlotList;
  private final MethodHandle getSlotInfo;
  private final MethodHandle getTokenInfo;
  private final MethodHandle getMechanismList;
  private final MethodHandle getMechanismInfo;
  private final MethodHandle initToken;
  private final MethodHandle initPin;
  private final MethodHandle openSession;
  private final MethodHandle closeSession;
  private final MethodHandle closeAllSessions;
  private final MethodHandle getSessionInfo;
  private final MethodHandle login;
  private final MethodHandle logout;
  private final MethodHandle copyObject;
  private final MethodHandle destroyObject;
  private final MethodHandle getAttributeValue;
  private final MethodHandle setAttributeValue;
  private final MethodHandle findObjectsInit;
  private final MethodHandle findObjects;
  private final MethodHandle findObjectsFinal;
  private final MethodHandle signInit;
  private final MethodHandle sign;
  private final MethodHandle generateKey;
  private final MethodHandle generateKeyPair;
  private final MethodHandle wrapKey;
  private final MethodHandle generateRandom;

  private NativePkcs11(MemorySegment list) {
    initialize = function(list, 0, ADDRESS);
    finalizeModule = function(list, 1, ADDRESS);
    getInfo = function(list, 2, ADDRESS);
    getSlotList = function(list, 4, JAVA_BYTE, ADDRESS, ADDRESS);
    getSlotInfo = function(list, 5, JAVA_LONG, ADDRESS);
    getTokenInfo = function(list, 6, JAVA_LONG, ADDRESS);
    getMechanismList = function(list, 7, JAVA_LONG, ADDRESS, ADDRESS);
    getMechanismInfo = function(list, 8, JAVA_LONG, JAVA_LONG, ADDRESS);
    initToken = function(list, 9, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
    initPin = function(list, 10, JAVA_LONG, ADDRESS, JAVA_LONG);
    openSession = function(list, 12, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS);
    closeSession = function(list, 13, JAVA_LONG);
    closeAllSessions = function(list, 14, JAVA_LONG);
    getSessionInfo = function(list, 15, JAVA_LONG, ADDRESS);
    login = function(list, 18, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG);
    logout = function(list, 19, JAVA_LONG);
    copyObject = function(list, 21, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
    destroyObject = function(list, 22, JAVA_LONG, JAVA_LONG);
    getAttributeValue = function(list, 24, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG);
    setAttributeValue = function(list, 25, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG);
    findObjectsInit = function(list, 26, JAVA_LONG, ADDRESS, JAVA_LONG);
    findObjects = function(list, 27, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
    findObjectsFinal = function(list, 28, JAVA_LONG);
    signInit = function(list, 42, JAVA_LONG, ADDRESS, JAVA_LONG);
    sign = function(list, 43, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
    generateKey = function(list, 58, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    generateKeyPair =
        function(
            list, 59, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
    wrapKey = function(list, 60, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);
    generateRandom = function(list, 64, JAVA_LONG, ADDRESS, JAVA_LONG);
  }

  /// Loads the library; it is not initialised.
  static NativePkcs11 load(Path library) {
    Native.requireLp64();
    MethodHandle getFunctionList;
    try {
      getFunctionList =
          Native.function(
              Native.load(library).findOrThrow("C_GetFunctionList"),
              FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    } catch (IllegalArgumentException | java.util.NoSuchElementException notPkcs11) {
      throw HsmException.refused(library + " cannot be loaded as a PKCS#11 library", notPkcs11);
    }
    try (var arena = Arena.ofConfined()) {
      var pointer = arena.allocate(ADDRESS);
      check("C_GetFunctionList", () -> (long) getFunctionList.invokeExact(pointer));
      var list = Native.sized(pointer.get(ADDRESS, 0), FUNCTION_LIST);
      requireKnownVersion(library, list);
      return at(list);
    }
  }

  /// The library whose functions these are.
  ///
  /// @param list a CK_FUNCTION_LIST that stays where it is for as long as the library is used
  static NativePkcs11 at(MemorySegment list) {
    Native.requireLp64();
    return new NativePkcs11(list);
  }

  /// Another major version may have another list.
  private static void requireKnownVersion(Path library, MemorySegment list) {
    int major = list.get(JAVA_BYTE, 0);
    if (major != 2 && major != 3) {
      throw HsmException.refused(
          library
              + " follows version "
              + major
              + "."
              + list.get(JAVA_BYTE, 1)
              + " of PKCS#11; 2 and 3 are known");
    }
  }

  @Override
  public void initialize(String reserved) {
    try (var arena = Arena.ofConfined()) {
      var arguments = Struct.CK_C_INITIALIZE_ARGS.allocate(arena);
      arguments.set(JAVA_LONG, Struct.CK_C_INITIALIZE_ARGS.offset("flags"), Ck.CKF_OS_LOCKING_OK);
      if (!reserved.isEmpty()) {
        arguments.set(
            ADDRESS, Struct.CK_C_INITIALIZE_ARGS.offset("pReserved"), arena.allocateFrom(reserved));
      }
      check("C_Initialize", () -> (long) initialize.invokeExact(arguments));
    }
  }

  @Override
  public void finalizeModule() {
    check("C_Finalize", () -> (long) finalizeModule.invokeExact(MemorySegment.NULL));
  }

  @Override
  public ModuleInfo getInfo() {
    try (var arena = Arena.ofConfined()) {
      var type = Struct.CK_INFO;
      var info = type.allocate(arena);
      check("C_GetInfo", () -> (long) getInfo.invokeExact(info));
      return new ModuleInfo(
          type.version(info, "cryptokiVersion"),
          type.text(info, "manufacturerID"),
          type.text(info, "libraryDescription"),
          type.version(info, "libraryVersion"));
    }
  }

  @Override
  public List<Long> getSlotList() {
    try (var arena = Arena.ofConfined()) {
      var slots = arena.allocate(JAVA_LONG, MOST_SLOTS);
      var count = arena.allocateFrom(JAVA_LONG, MOST_SLOTS);
      check("C_GetSlotList", () -> (long) getSlotList.invokeExact((byte) 1, slots, count));
      return longs(slots, count);
    }
  }

  @Override
  public SlotInfo getSlotInfo(long slot) {
    try (var arena = Arena.ofConfined()) {
      var type = Struct.CK_SLOT_INFO;
      var info = type.allocate(arena);
      check("C_GetSlotInfo", () -> (long) getSlotInfo.invokeExact(slot, info));
      return new SlotInfo(
          type.text(info, "slotDescription"),
          type.text(info, "manufacturerID"),
          type.number(info, "flags"));
    }
  }

  @Override
  public TokenInfo getTokenInfo(long slot) {
    try (var arena = Arena.ofConfined()) {
      var type = Struct.CK_TOKEN_INFO;
      var info = type.allocate(arena);
      check("C_GetTokenInfo", () -> (long) getTokenInfo.invokeExact(slot, info));
      return new TokenInfo(
          type.text(info, "label"),
          type.text(info, "manufacturerID"),
          type.text(info, "model"),
          type.text(info, "serialNumber"),
          type.number(info, "flags"),
          type.number(info, "ulMaxSessionCount"),
          type.number(info, "ulMaxRwSessionCount"),
          type.version(info, "hardwareVersion"),
          type.version(info, "firmwareVersion"));
    }
  }

  @Override
  public List<Long> getMechanismList(long slot) {
    try (var arena = Arena.ofConfined()) {
      var mechanisms = arena.allocate(JAVA_LONG, MOST_MECHANISMS);
      var count = arena.allocateFrom(JAVA_LONG, MOST_MECHANISMS);
      check(
          "C_GetMechanismList", () -> (long) getMechanismList.invokeExact(slot, mechanisms, count));
      return longs(mechanisms, count);
    }
  }

  @Override
  public MechanismInfo getMechanismInfo(long slot, long mechanism) {
    try (var arena = Arena.ofConfined()) {
      var type = Struct.CK_MECHANISM_INFO;
      var info = type.allocate(arena);
      check("C_GetMechanismInfo", () -> (long) getMechanismInfo.invokeExact(slot, mechanism, info));
      return new MechanismInfo(
          type.number(info, "ulMinKeySize"),
          type.number(info, "ulMaxKeySize"),
          type.number(info, "flags"));
    }
  }

  @Override
  public void initToken(long slot, Pin soPin, String label) {
    var padded = new byte[TOKEN_LABEL];
    Arrays.fill(padded, (byte) ' ');
    var bytes = label.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, padded, 0, bytes.length);
    try (var arena = Arena.ofConfined();
        var secret = new NativePin(arena, soPin)) {
      var name = arena.allocateFrom(JAVA_BYTE, padded);
      check(
          "C_InitToken",
          () -> (long) initToken.invokeExact(slot, secret.bytes(), secret.length(), name));
    }
  }

  @Override
  public void initPin(long session, Pin pin) {
    try (var arena = Arena.ofConfined();
        var secret = new NativePin(arena, pin)) {
      check(
          "C_InitPIN", () -> (long) initPin.invokeExact(session, secret.bytes(), secret.length()));
    }
  }

  @Override
  public long openSession(long slot, long flags) {
    try (var arena = Arena.ofConfined()) {
      var session = arena.allocate(JAVA_LONG);
      check(
          "C_OpenSession",
          () ->
              (long)
                  openSession.invokeExact(
                      slot,
                      flags | Ck.CKF_SERIAL_SESSION,
                      MemorySegment.NULL,
                      MemorySegment.NULL,
                      session));
      return session.get(JAVA_LONG, 0);
    }
  }

  @Override
  public void closeSession(long session) {
    check("C_CloseSession", () -> (long) closeSession.invokeExact(session));
  }

  @Override
  public void closeAllSessions(long slot) {
    check("C_CloseAllSessions", () -> (long) closeAllSessions.invokeExact(slot));
  }

  @Override
  public long getSessionInfo(long session) {
    try (var arena = Arena.ofConfined()) {
      var info = Struct.CK_SESSION_INFO.allocate(arena);
      check("C_GetSessionInfo", () -> (long) getSessionInfo.invokeExact(session, info));
      return Struct.CK_SESSION_INFO.number(info, "state");
    }
  }

  @Override
  public void login(long session, long userType, Pin pin) {
    try (var arena = Arena.ofConfined();
        var secret = new NativePin(arena, pin)) {
      check(
          "C_Login",
          () -> (long) login.invokeExact(session, userType, secret.bytes(), secret.length()));
    }
  }

  @Override
  public void logout(long session) {
    check("C_Logout", () -> (long) logout.invokeExact(session));
  }

  @Override
  public long copyObject(long session, long object, List<Attribute> template) {
    try (var arena = Arena.ofConfined()) {
      var attributes = template(arena, template);
      long count = template.size();
      var copy = arena.allocate(JAVA_LONG);
      check(
          "C_CopyObject",
          () -> (long) copyObject.invokeExact(session, object, attributes, count, copy));
      return copy.get(JAVA_LONG, 0);
    }
  }

  @Override
  public void destroyObject(long session, long object) {
    check("C_DestroyObject", () -> (long) destroyObject.invokeExact(session, object));
  }

  @Override
  public Map<Cka, byte[]> getAttributeValue(long session, long object, List<Cka> types) {
    try (var arena = Arena.ofConfined()) {
      // Ours: what the library leaves in pValue and ulValueLen is not believed.
      var rooms =
          types.stream().map(type -> arena.allocate(room(type), (long) Long.BYTES)).toList();
      var template = arena.allocate(ATTRIBUTE * types.size(), Long.BYTES);
      for (int i = 0; i < types.size(); i++) {
        template.set(JAVA_LONG, i * ATTRIBUTE, types.get(i).code());
        template.set(ADDRESS, i * ATTRIBUTE + VALUE_AT, rooms.get(i));
        template.set(JAVA_LONG, i * ATTRIBUTE + LENGTH_AT, rooms.get(i).byteSize());
      }
      long count = types.size();
      try {
        check(
            "C_GetAttributeValue",
            () -> (long) getAttributeValue.invokeExact(session, object, template, count));
      } catch (HsmException partial) {
        // The others were read all the same; the length of those that were not is -1.
        if (!partial.hasCode(Ckr.CKR_ATTRIBUTE_TYPE_INVALID)
            && !partial.hasCode(Ckr.CKR_ATTRIBUTE_SENSITIVE)) {
          throw partial;
        }
      }
      var values = new EnumMap<Cka, byte[]>(Cka.class);
      for (int i = 0; i < count; i++) {
        long length = template.get(JAVA_LONG, i * ATTRIBUTE + LENGTH_AT);
        var room = rooms.get(i);
        if (length >= 0 && length <= room.byteSize()) {
          values.put(types.get(i), room.asSlice(0, length).toArray(JAVA_BYTE));
        }
      }
      return values;
    }
  }

  @Override
  public void tryAttribute(long session, long object, Cka type) {
    try (var arena = Arena.ofConfined()) {
      var value = arena.allocate(LARGEST_ATTRIBUTE, Long.BYTES);
      var template = Struct.CK_ATTRIBUTE.allocate(arena);
      template.set(JAVA_LONG, 0, type.code());
      template.set(ADDRESS, VALUE_AT, value);
      template.set(JAVA_LONG, LENGTH_AT, LARGEST_ATTRIBUTE);
      try {
        check(
            "C_GetAttributeValue",
            () -> (long) getAttributeValue.invokeExact(session, object, template, 1L));
      } finally {
        value.fill((byte) 0);
      }
    }
  }

  @Override
  public void setAttributeValue(long session, long object, List<Attribute> template) {
    try (var arena = Arena.ofConfined()) {
      var attributes = template(arena, template);
      long count = template.size();
      check(
          "C_SetAttributeValue",
          () -> (long) setAttributeValue.invokeExact(session, object, attributes, count));
    }
  }

  @Override
  public void findObjectsInit(long session, List<Attribute> template) {
    try (var arena = Arena.ofConfined()) {
      var attributes = template(arena, template);
      long count = template.size();
      check(
          "C_FindObjectsInit",
          () -> (long) findObjectsInit.invokeExact(session, attributes, count));
    }
  }

  @Override
  public List<Long> findObjects(long session, int limit) {
    try (var arena = Arena.ofConfined()) {
      var objects = arena.allocate(JAVA_LONG, limit);
      var count = arena.allocate(JAVA_LONG);
      long most = limit;
      check("C_FindObjects", () -> (long) findObjects.invokeExact(session, objects, most, count));
      return longs(objects, count);
    }
  }

  @Override
  public void findObjectsFinal(long session) {
    check("C_FindObjectsFinal", () -> (long) findObjectsFinal.invokeExact(session));
  }

  @Override
  public void signInit(long session, Mechanism mechanism, long key) {
    try (var arena = Arena.ofConfined()) {
      var parameters = mechanism(arena, mechanism);
      check("C_SignInit", () -> (long) signInit.invokeExact(session, parameters, key));
    }
  }

  @Override
  public byte[] sign(long session, byte[] input) {
    try (var arena = Arena.ofConfined()) {
      var data = arena.allocateFrom(JAVA_BYTE, input);
      var signature = arena.allocate(LARGEST_SIGNATURE);
      var length = arena.allocateFrom(JAVA_LONG, LARGEST_SIGNATURE);
      long size = input.length;
      // One call: to ask for the length first would leave the operation open if it failed.
      check("C_Sign", () -> (long) sign.invokeExact(session, data, size, signature, length));
      return signature.asSlice(0, length.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
    }
  }

  @Override
  public long generateKey(long session, Mechanism mechanism, List<Attribute> template) {
    try (var arena = Arena.ofConfined()) {
      var parameters = mechanism(arena, mechanism);
      var attributes = template(arena, template);
      long count = template.size();
      var key = arena.allocate(JAVA_LONG);
      check(
          "C_GenerateKey",
          () -> (long) generateKey.invokeExact(session, parameters, attributes, count, key));
      return key.get(JAVA_LONG, 0);
    }
  }

  @Override
  public GeneratedPair generateKeyPair(
      long session, Mechanism mechanism, List<Attribute> publicKey, List<Attribute> privateKey) {
    try (var arena = Arena.ofConfined()) {
      var parameters = mechanism(arena, mechanism);
      var publicTemplate = template(arena, publicKey);
      var privateTemplate = template(arena, privateKey);
      var publicHandle = arena.allocate(JAVA_LONG);
      var privateHandle = arena.allocate(JAVA_LONG);
      long publicCount = publicKey.size();
      long privateCount = privateKey.size();
      check(
          "C_GenerateKeyPair",
          () ->
              (long)
                  generateKeyPair.invokeExact(
                      session,
                      parameters,
                      publicTemplate,
                      publicCount,
                      privateTemplate,
                      privateCount,
                      publicHandle,
                      privateHandle));
      return new GeneratedPair(publicHandle.get(JAVA_LONG, 0), privateHandle.get(JAVA_LONG, 0));
    }
  }

  @Override
  public byte[] wrapKey(long session, Mechanism mechanism, long wrappingKey, long key) {
    try (var arena = Arena.ofConfined()) {
      var parameters = mechanism(arena, mechanism);
      var wrapped = arena.allocate(LARGEST_SIGNATURE);
      var length = arena.allocateFrom(JAVA_LONG, LARGEST_SIGNATURE);
      check(
          "C_WrapKey",
          () -> (long) wrapKey.invokeExact(session, parameters, wrappingKey, key, wrapped, length));
      return wrapped.asSlice(0, length.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
    }
  }

  @Override
  public byte[] generateRandom(long session, int length) {
    try (var arena = Arena.ofConfined()) {
      var random = arena.allocate(length);
      long size = length;
      check("C_GenerateRandom", () -> (long) generateRandom.invokeExact(session, random, size));
      return random.toArray(JAVA_BYTE);
    }
  }

  /// NSS wants the room for a CK_ULONG to be that of one.
  private static int room(Cka type) {
    return type.isNumber() ? Long.BYTES : LARGEST_ATTRIBUTE;
  }

  /// A PIN in native memory, wiped when closed.
  private record NativePin(MemorySegment bytes) implements AutoCloseable {

    NativePin(Arena arena, Pin pin) {
      this(pin.copyTo(arena));
    }

    long length() {
      return bytes.byteSize();
    }

    @Override
    public void close() {
      bytes.fill((byte) 0);
    }
  }

  @FunctionalInterface
  private interface Downcall {
    long call() throws Throwable;
  }

  private static void check(String function, Downcall downcall) {
    long code;
    try {
      code = downcall.call();
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable impossible) {
      throw new IllegalStateException(function + " threw", impossible);
    }
    if (code != 0) {
      throw HsmException.of(function, code);
    }
  }

  private static MethodHandle function(MemorySegment list, int position, MemoryLayout... types) {
    var address = list.get(ADDRESS, FIRST_FUNCTION + position * ADDRESS.byteSize());
    var descriptor = FunctionDescriptor.of(JAVA_LONG, types);
    if (address.equals(MemorySegment.NULL)) {
      // The standard wants a function there that says so.
      return MethodHandles.dropArguments(
          MethodHandles.constant(long.class, Ckr.CKR_FUNCTION_NOT_SUPPORTED.code()),
          0,
          descriptor.toMethodType().parameterList());
    }
    return Native.function(address, descriptor);
  }

  private static MemorySegment mechanism(Arena arena, Mechanism mechanism) {
    var type = Struct.CK_MECHANISM;
    var struct = type.allocate(arena);
    struct.set(JAVA_LONG, type.offset("mechanism"), mechanism.type());
    var parameters = mechanism.parameters();
    if (parameters.length > 0) {
      var bytes = arena.allocate(parameters.length, Long.BYTES);
      MemorySegment.copy(parameters, 0, bytes, JAVA_BYTE, 0, parameters.length);
      struct.set(ADDRESS, type.offset("pParameter"), bytes);
      struct.set(JAVA_LONG, type.offset("ulParameterLen"), parameters.length);
    }
    return struct;
  }

  private static MemorySegment template(Arena arena, List<Attribute> attributes) {
    var template = arena.allocate(ATTRIBUTE * attributes.size(), Long.BYTES);
    for (int i = 0; i < attributes.size(); i++) {
      var bytes = attributes.get(i).value();
      // C reads and writes CK_ULONGs as such, so every value is aligned.
      var value = arena.allocate(Math.max(1, bytes.length), Long.BYTES);
      MemorySegment.copy(bytes, 0, value, JAVA_BYTE, 0, bytes.length);
      template.set(JAVA_LONG, i * ATTRIBUTE, attributes.get(i).type().code());
      template.set(ADDRESS, i * ATTRIBUTE + VALUE_AT, value);
      template.set(JAVA_LONG, i * ATTRIBUTE + LENGTH_AT, bytes.length);
    }
    return template;
  }

  private static List<Long> longs(MemorySegment values, MemorySegment count) {
    var list = new ArrayList<Long>();
    for (long i = 0; i < count.get(JAVA_LONG, 0); i++) {
      list.add(values.getAtIndex(JAVA_LONG, i));
    }
    return list;
  }
}
