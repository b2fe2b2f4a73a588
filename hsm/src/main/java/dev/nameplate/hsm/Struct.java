package dev.nameplate.hsm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;

/// The structures of PKCS#11, as C lays them out on LP64: CK_ULONG and pointers have eight bytes,
/// and fields have their natural alignment.
enum Struct {
  CK_INFO(
      bytes("cryptokiVersion", 2),
      bytes("manufacturerID", 32),
      padding(6),
      JAVA_LONG.withName("flags"),
      bytes("libraryDescription", 32),
      bytes("libraryVersion", 2),
      padding(6)),
  CK_SLOT_INFO(
      bytes("slotDescription", 64),
      bytes("manufacturerID", 32),
      JAVA_LONG.withName("flags"),
      bytes("hardwareVersion", 2),
      bytes("firmwareVersion", 2),
      padding(4)),
  CK_TOKEN_INFO(
      bytes("label", 32),
      bytes("manufacturerID", 32),
      bytes("model", 16),
      bytes("serialNumber", 16),
      JAVA_LONG.withName("flags"),
      JAVA_LONG.withName("ulMaxSessionCount"),
      JAVA_LONG.withName("ulSessionCount"),
      JAVA_LONG.withName("ulMaxRwSessionCount"),
      JAVA_LONG.withName("ulRwSessionCount"),
      JAVA_LONG.withName("ulMaxPinLen"),
      JAVA_LONG.withName("ulMinPinLen"),
      JAVA_LONG.withName("ulTotalPublicMemory"),
      JAVA_LONG.withName("ulFreePublicMemory"),
      JAVA_LONG.withName("ulTotalPrivateMemory"),
      JAVA_LONG.withName("ulFreePrivateMemory"),
      bytes("hardwareVersion", 2),
      bytes("firmwareVersion", 2),
      bytes("utcTime", 16),
      padding(4)),
  CK_SESSION_INFO(
      JAVA_LONG.withName("slotID"),
      JAVA_LONG.withName("state"),
      JAVA_LONG.withName("flags"),
      JAVA_LONG.withName("ulDeviceError")),
  CK_MECHANISM_INFO(
      JAVA_LONG.withName("ulMinKeySize"),
      JAVA_LONG.withName("ulMaxKeySize"),
      JAVA_LONG.withName("flags")),
  CK_MECHANISM(
      JAVA_LONG.withName("mechanism"),
      ADDRESS.withName("pParameter"),
      JAVA_LONG.withName("ulParameterLen")),
  CK_RSA_PKCS_PSS_PARAMS(
      JAVA_LONG.withName("hashAlg"), JAVA_LONG.withName("mgf"), JAVA_LONG.withName("sLen")),
  CK_ATTRIBUTE(
      JAVA_LONG.withName("type"), ADDRESS.withName("pValue"), JAVA_LONG.withName("ulValueLen")),
  /// With room for the field that NSS adds, and another.
  CK_C_INITIALIZE_ARGS(
      ADDRESS.withName("CreateMutex"),
      ADDRESS.withName("DestroyMutex"),
      ADDRESS.withName("LockMutex"),
      ADDRESS.withName("UnlockMutex"),
      JAVA_LONG.withName("flags"),
      ADDRESS.withName("pReserved"),
      padding(16));

  private final StructLayout layout;

  Struct(MemoryLayout... fields) {
    this.layout = MemoryLayout.structLayout(fields);
  }

  StructLayout layout() {
    return layout;
  }

  long size() {
    return layout.byteSize();
  }

  long offset(String field) {
    return layout.byteOffset(PathElement.groupElement(field));
  }

  /// One of these, all zero.
  MemorySegment allocate(Arena arena) {
    return arena.allocate(layout);
  }

  /// One that has only CK_ULONGs, in the order of its fields.
  byte[] of(long... fields) {
    if (fields.length * JAVA_LONG.byteSize() != size()) {
      throw new IllegalArgumentException(fields.length + " fields for a " + this);
    }
    return MemorySegment.ofArray(fields).toArray(JAVA_BYTE);
  }

  long number(MemorySegment struct, String field) {
    return struct.get(JAVA_LONG, offset(field));
  }

  /// A field of characters, trailing blanks removed.
  String text(MemorySegment struct, String field) {
    return new String(field(struct, field), StandardCharsets.UTF_8).stripTrailing();
  }

  /// A CK_VERSION: `2.40`.
  String version(MemorySegment struct, String field) {
    var version = field(struct, field);
    return Byte.toUnsignedInt(version[0]) + "." + Byte.toUnsignedInt(version[1]);
  }

  private byte[] field(MemorySegment struct, String field) {
    return struct
        .asSlice(offset(field), layout.select(PathElement.groupElement(field)).byteSize())
        .toArray(JAVA_BYTE);
  }

  private static MemoryLayout bytes(String name, long length) {
    return MemoryLayout.sequenceLayout(length, JAVA_BYTE).withName(name);
  }

  private static MemoryLayout padding(long length) {
    return MemoryLayout.paddingLayout(length);
  }
}
