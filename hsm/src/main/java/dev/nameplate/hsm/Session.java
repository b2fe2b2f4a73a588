package dev.nameplate.hsm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An open session with a token, logged in. Belongs to one thread, which is inside
/// [Pkcs11Module#call] whenever it uses it, and to one generation of the module.
final class Session {

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final int MANY = 16;

  private final Pkcs11 pkcs11;
  private final long slot;
  private final long handle;
  private final long generation;

  // Handles change with every login, but not while a session is open.
  private final Map<ObjectName, Long> privateKeys = new HashMap<>();
  private @Nullable Mechanisms mechanisms;
  private boolean ends;

  Session(Pkcs11 pkcs11, long slot, long handle, long generation) {
    this.pkcs11 = pkcs11;
    this.slot = slot;
    this.handle = handle;
    this.generation = generation;
  }

  long generation() {
    return generation;
  }

  /// Signs `input` as it is, by the private key of this name.
  byte[] sign(ObjectName name, Mechanism mechanism, byte[] input) {
    long key = privateKeys.computeIfAbsent(name, this::privateKey);
    pkcs11.signInit(handle, mechanism, key);
    return pkcs11.sign(handle, input);
  }

  /// The one private key of this name.
  long privateKey(ObjectName name) {
    return only(name, "private", find(name.template(Ck.CKO_PRIVATE_KEY)));
  }

  /// The one public key of this name.
  long publicKey(ObjectName name) {
    return only(name, "public", find(name.template(Ck.CKO_PUBLIC_KEY)));
  }

  /// The objects that have all these attributes; at most 16 of them.
  List<Long> find(List<Attribute> template) {
    pkcs11.findObjectsInit(handle, template);
    var found = pkcs11.findObjects(handle, MANY);
    pkcs11.findObjectsFinal(handle);
    return found;
  }

  /// All objects that have all these attributes.
  List<Long> findAll(List<Attribute> template) {
    var all = new ArrayList<Long>();
    pkcs11.findObjectsInit(handle, template);
    for (var some = pkcs11.findObjects(handle, MANY);
        !some.isEmpty();
        some = pkcs11.findObjects(handle, MANY)) {
      all.addAll(some);
    }
    pkcs11.findObjectsFinal(handle);
    return all;
  }

  /// Does something else with this session.
  <T> T with(Work<T> work) {
    return work.on(pkcs11, slot, handle);
  }

  /// What is done with a session.
  @FunctionalInterface
  interface Work<T> {
    T on(Pkcs11 pkcs11, long slot, long session);
  }

  Map<Cka, byte[]> attributes(long object, Collection<Cka> types) {
    return pkcs11.getAttributeValue(handle, object, List.copyOf(types));
  }

  Pkcs11.GeneratedPair generate(
      Mechanism mechanism, List<Attribute> publicKey, List<Attribute> privateKey) {
    return pkcs11.generateKeyPair(handle, mechanism, publicKey, privateKey);
  }

  void destroy(long object) {
    pkcs11.destroyObject(handle, object);
  }

  /// Asks something small that a device has to answer itself.
  ///
  /// @return true, as there is nothing to tell
  boolean touch() {
    try {
      pkcs11.generateRandom(handle, 1);
    } catch (HsmException answered) {
      if (!answered.hasCode(Ckr.CKR_RANDOM_NO_RNG)
          && !answered.hasCode(Ckr.CKR_FUNCTION_NOT_SUPPORTED)) {
        throw answered;
      }
    }
    return true;
  }

  /// What the token offers, asked for once.
  Mechanisms mechanisms() {
    var known = mechanisms;
    if (known == null) {
      known = Mechanisms.of(pkcs11, slot);
      mechanisms = known;
    }
    return known;
  }

  TokenInfo tokenInfo() {
    return pkcs11.getTokenInfo(slot);
  }

  /// Is closed when this work is done, and with it goes what belongs to it.
  void endAfterThis() {
    ends = true;
  }

  boolean ends() {
    return ends;
  }

  void close() {
    try {
      pkcs11.closeSession(handle);
    } catch (HsmException broken) {
      LOG.debug("a session was broken when it was closed: {}", broken.getMessage());
    }
  }

  private static long only(ObjectName name, String kind, List<Long> found) {
    return switch (found.size()) {
      case 1 -> found.getFirst();
      // Absence is not believed at first: a token that went away and came back looks empty.
      case 0 ->
          throw HsmException.found(
              "C_FindObjects", Fault.MODULE, "there is no " + kind + " key " + name);
      default ->
          throw HsmException.found(
              "C_FindObjects", Fault.CALLER, "there are several " + kind + " keys " + name);
    };
  }
}
