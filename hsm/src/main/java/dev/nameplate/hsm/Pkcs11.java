package dev.nameplate.hsm;

import java.util.List;
import java.util.Map;

/// The C functions that we call, one method each: `signInit` is C_SignInit. Every method throws
/// [HsmException] with function and code when the library returns anything but CKR_OK.
interface Pkcs11 {

  /// C_Initialize, with CKF_OS_LOCKING_OK.
  ///
  /// @param reserved what pReserved points to, for libraries that read a text there; NULL if empty
  void initialize(String reserved);

  /// C_Finalize. No other thread may be inside the library.
  void finalizeModule();

  ModuleInfo getInfo();

  /// The slots that have a token in them.
  List<Long> getSlotList();

  SlotInfo getSlotInfo(long slot);

  TokenInfo getTokenInfo(long slot);

  /// CKM constants.
  List<Long> getMechanismList(long slot);

  MechanismInfo getMechanismInfo(long slot, long mechanism);

  void initToken(long slot, Pin soPin, String label);

  void initPin(long session, Pin pin);

  long openSession(long slot, long flags);

  void closeSession(long session);

  /// Logs out, too: for the whole process.
  void closeAllSessions(long slot);

  /// The state of the session, a CKS constant.
  long getSessionInfo(long session);

  void login(long session, long userType, Pin pin);

  void logout(long session);

  /// A copy that differs in these attributes; returns its handle.
  long copyObject(long session, long object, List<Attribute> template);

  void destroyObject(long session, long object);

  /// The values of these attributes; those that the object does not have, or does not show, are
  /// missing.
  Map<Cka, byte[]> getAttributeValue(long session, long object, List<Cka> types);

  /// Tries to read one attribute; what was read is wiped. For what must not be readable.
  void tryAttribute(long session, long object, Cka type);

  void setAttributeValue(long session, long object, List<Attribute> template);

  void findObjectsInit(long session, List<Attribute> template);

  /// At most `limit` handles.
  List<Long> findObjects(long session, int limit);

  void findObjectsFinal(long session);

  void signInit(long session, Mechanism mechanism, long key);

  byte[] sign(long session, byte[] input);

  /// Makes a secret key; returns its handle.
  long generateKey(long session, Mechanism mechanism, List<Attribute> template);

  GeneratedPair generateKeyPair(
      long session, Mechanism mechanism, List<Attribute> publicKey, List<Attribute> privateKey);

  /// The private key `key`, encrypted under `wrappingKey`.
  byte[] wrapKey(long session, Mechanism mechanism, long wrappingKey, long key);

  byte[] generateRandom(long session, int length);

  /// Handles of two objects that were just made.
  record GeneratedPair(long publicKey, long privateKey) {}
}
