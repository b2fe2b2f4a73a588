package dev.nameplate.hsm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/// The functions of a CK_FUNCTION_LIST that we call, in the conventions of C, for tests that put
/// some of their own there.
@SuppressWarnings("restricted")
enum CFunction {
  C_INITIALIZE(0, "initialize", ADDRESS),
  C_FINALIZE(1, "finalizeModule", ADDRESS),
  C_GET_INFO(2, "getInfo", ADDRESS),
  C_GET_SLOT_LIST(4, "getSlotList", JAVA_BYTE, ADDRESS, ADDRESS),
  C_GET_SLOT_INFO(5, "getSlotInfo", JAVA_LONG, ADDRESS),
  C_GET_TOKEN_INFO(6, "getTokenInfo", JAVA_LONG, ADDRESS),
  C_GET_MECHANISM_LIST(7, "getMechanismList", JAVA_LONG, ADDRESS, ADDRESS),
  C_GET_MECHANISM_INFO(8, "getMechanismInfo", JAVA_LONG, JAVA_LONG, ADDRESS),
  C_OPEN_SESSION(12, "openSession", JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS),
  C_CLOSE_SESSION(13, "closeSession", JAVA_LONG),
  C_GET_SESSION_INFO(15, "getSessionInfo", JAVA_LONG, ADDRESS),
  C_LOGIN(18, "login", JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
  C_DESTROY_OBJECT(22, "destroyObject", JAVA_LONG, JAVA_LONG),
  C_GET_ATTRIBUTE_VALUE(24, "getAttributeValue", JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
  C_FIND_OBJECTS_INIT(26, "findObjectsInit", JAVA_LONG, ADDRESS, JAVA_LONG),
  C_FIND_OBJECTS(27, "findObjects", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS),
  C_FIND_OBJECTS_FINAL(28, "findObjectsFinal", JAVA_LONG),
  C_SIGN_INIT(42, "signInit", JAVA_LONG, ADDRESS, JAVA_LONG),
  C_SIGN(43, "sign", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS),
  C_GENERATE_KEY_PAIR(
      59,
      "generateKeyPair",
      JAVA_LONG,
      ADDRESS,
      ADDRESS,
      JAVA_LONG,
      ADDRESS,
      JAVA_LONG,
      ADDRESS,
      ADDRESS),
  C_GENERATE_RANDOM(64, "generateRandom", JAVA_LONG, ADDRESS, JAVA_LONG);

  private final int position;
  private final String method;
  private final FunctionDescriptor descriptor;

  /// @param position in the list
  /// @param method what [FakeModule] calls it
  CFunction(int position, String method, MemoryLayout... types) {
    this.position = position;
    this.method = method;
    this.descriptor = FunctionDescriptor.of(JAVA_LONG, types);
  }

  String method() {
    return method;
  }

  FunctionDescriptor descriptor() {
    return descriptor;
  }

  /// The function that stands in this list.
  MemorySegment in(MemorySegment list) {
    return list.get(ADDRESS, offset());
  }

  /// Puts a Java method into this list. If it throws, the code is CKR_GENERAL_ERROR: nothing may be
  /// thrown into C, where the process would end.
  void put(MemorySegment list, MethodHandle java) {
    var general =
        MethodHandles.dropArguments(
            MethodHandles.constant(long.class, Ckr.CKR_GENERAL_ERROR.code()), 0, Throwable.class);
    var never = MethodHandles.catchException(java, Throwable.class, general);
    var stub = Linker.nativeLinker().upcallStub(never, descriptor, Arena.global());
    list.set(ADDRESS, offset(), stub);
  }

  private long offset() {
    return Long.BYTES + position * ADDRESS.byteSize();
  }
}
