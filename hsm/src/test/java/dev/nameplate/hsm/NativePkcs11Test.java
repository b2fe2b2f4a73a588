package dev.nameplate.hsm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The binding alone, on SoftHSM.
class NativePkcs11Test {

  private static final long CKM_SHA_1 = 0x220;
  private static final long CKM_AES_KEY_GEN = 0x1080;
  private static final long CKM_AES_KEY_WRAP = 0x2109;
  private static final long CKO_SECRET_KEY = 4;

  private HsmSettings token;
  private Pkcs11Module module;

  @BeforeEach
  void initialiseTheLibrary() throws IOException {
    token = TestTokens.newToken("nameplate");
    module = Pkcs11Module.at(token.module());
    module.join(token.environment());
  }

  @AfterEach
  void leaveTheLibrary() {
    module.leave();
  }

  @Test
  void structuresAreAsLargeAsCMakesThem() {
    assertThat(Struct.values())
        .extracting(Struct::size)
        .containsExactly(88L, 112L, 208L, 32L, 24L, 24L, 24L, 24L, 64L);
  }

  @Test
  void aLengthBeyondTheRoomThatWasGivenIsNotBelieved() throws Exception {
    var list = Arena.global().allocate(NativePkcs11.FUNCTION_LIST, Long.BYTES);
    CFunction.C_GET_ATTRIBUTE_VALUE.put(
        list,
        MethodHandles.lookup()
            .findStatic(
                NativePkcs11Test.class,
                "boast",
                CFunction.C_GET_ATTRIBUTE_VALUE.descriptor().toMethodType()));

    var values = NativePkcs11.at(list).getAttributeValue(1, 2, List.of(Cka.KEY_TYPE, Cka.LABEL));

    assertThat(values).containsOnlyKeys(Cka.LABEL);
    assertThat(values.get(Cka.LABEL)).hasSize(4096).containsOnly(0);
  }

  /// Says that each value has 4096 bytes, and is somewhere else than where it should be.
  @SuppressWarnings({"unused", "UnusedMethod"}) // it is found by name
  private static long boast(long session, long object, MemorySegment pointer, long count) {
    var type = Struct.CK_ATTRIBUTE;
    var template = Native.sized(pointer, count * type.size());
    for (long at = 0; at < template.byteSize(); at += type.size()) {
      template.set(ADDRESS, at + type.offset("pValue"), MemorySegment.NULL);
      template.set(JAVA_LONG, at + type.offset("ulValueLen"), 4096);
    }
    return 0;
  }

  @Test
  void theLibraryTheSlotAndTheTokenSayWhatTheyAre() {
    var library = module.call(Pkcs11::getInfo);
    assertThat(library.manufacturer()).isEqualTo("SoftHSM");
    assertThat(library.description()).isEqualTo("Implementation of PKCS11");
    assertThat(library.cryptoki()).isEqualTo("2.40");
    assertThat(library.version()).isEqualTo("2.6");

    var slot = call(Pkcs11::getSlotInfo);
    assertThat(slot.manufacturer()).isEqualTo("SoftHSM project");
    assertThat(slot.description()).startsWith("SoftHSM slot ID 0x");

    var info = call(Pkcs11::getTokenInfo);
    assertThat(info.label()).isEqualTo("nameplate");
    assertThat(info.model()).isEqualTo("SoftHSM v2");
    assertThat(info.manufacturer()).isEqualTo("SoftHSM project");
    assertThat(info.serial()).matches("[0-9a-f]{16}");
    assertThat(info.firmware()).isEqualTo("2.6");
    assertThat(info.initialized()).isTrue();
  }

  @Test
  void mechanismsAreThoseThatPkcs11ToolLists() throws Exception {
    var listed = Tool.pkcs11(token, "--list-mechanisms");

    var mechanisms = call(Pkcs11::getMechanismList);
    assertThat(mechanisms)
        .contains(Ckm.ECDSA.code(), Ckm.RSA_PKCS.code(), Ckm.EC_KEY_PAIR_GEN.code());
    assertThat(listed.lines().filter(line -> line.startsWith("  "))).hasSameSizeAs(mechanisms);

    long generation = Ckm.RSA_PKCS_KEY_PAIR_GEN.code();
    var rsa = call((pkcs11, slot) -> pkcs11.getMechanismInfo(slot, generation));
    assertThat(listed)
        .contains(
            "RSA-PKCS-KEY-PAIR-GEN, keySize={%d,%d}".formatted(rsa.smallest(), rsa.largest()));
    assertThatThrownBy(() -> call((pkcs11, slot) -> pkcs11.getMechanismInfo(slot, 0x7fff_fff0L)))
        .hasMessage("C_GetMechanismInfo: CKR_MECHANISM_INVALID");
    assertThat(mechanisms).contains(CKM_SHA_1);
  }

  @Test
  void aSecretKeyIsMadeChangedCopiedAndUsedToWrap() {
    loggedIn((pkcs11, session) -> {
      var wrapping =
          pkcs11.generateKey(
              session,
              Mechanism.of(CKM_AES_KEY_GEN),
              List.of(
                  Attribute.of(Cka.CLASS, CKO_SECRET_KEY),
                  Attribute.of(Cka.VALUE_LEN, 32),
                  Attribute.of(Cka.LABEL, "wrapping"),
                  Attribute.of(Cka.WRAP, true)));
      var other =
          pkcs11.generateKey(
              session,
              Mechanism.of(CKM_AES_KEY_GEN),
              List.of(
                  Attribute.of(Cka.CLASS, CKO_SECRET_KEY),
                  Attribute.of(Cka.VALUE_LEN, 32),
                  Attribute.of(Cka.EXTRACTABLE, true)));
      assertThat(pkcs11.wrapKey(session, Mechanism.of(CKM_AES_KEY_WRAP), wrapping, other))
          .hasSize(40); // RFC 3394: eight bytes longer than the key

      pkcs11.setAttributeValue(session, other, List.of(Attribute.of(Cka.EXTRACTABLE, false)));
      assertThatThrownBy(
              () -> pkcs11.wrapKey(session, Mechanism.of(CKM_AES_KEY_WRAP), wrapping, other))
          .hasMessage("C_WrapKey: CKR_KEY_UNEXTRACTABLE");

      var copy = pkcs11.copyObject(session, wrapping, List.of(Attribute.of(Cka.LABEL, "copy")));
      assertThat(pkcs11.getAttributeValue(session, copy, List.of(Cka.LABEL)).get(Cka.LABEL))
          .isEqualTo("copy".getBytes(StandardCharsets.UTF_8));
      return copy;
    });
  }

  @Test
  void randomBytesDiffer() {
    loggedIn((pkcs11, session) -> {
      var random = pkcs11.generateRandom(session, 32);
      assertThat(random).hasSize(32).isNotEqualTo(pkcs11.generateRandom(session, 32));
      return random;
    });
  }

  @Test
  void loggingOutAndClosingAllSessionsEndTheLogin() {
    loggedIn((pkcs11, session) -> {
      pkcs11.logout(session);
      assertThat(pkcs11.getSessionInfo(session)).isEqualTo(2); // CKS_RW_PUBLIC_SESSION
      pkcs11.closeAllSessions(slot(pkcs11));
      assertThatThrownBy(() -> pkcs11.getSessionInfo(session))
          .hasMessage("C_GetSessionInfo: CKR_SESSION_HANDLE_INVALID");
      return session;
    });
  }

  @FunctionalInterface
  private interface Work<T> {
    T on(Pkcs11 pkcs11, long at);
  }

  private <T> T call(Work<T> work) {
    return module.call(pkcs11 -> work.on(pkcs11, slot(pkcs11)));
  }

  private <T> void loggedIn(Work<T> work) {
    Function<Pkcs11, T> inSession =
        pkcs11 -> {
          long session = pkcs11.openSession(slot(pkcs11), Ck.CKF_RW_SESSION);
          try (var pin = PinFile.read(token.pin())) {
            pkcs11.login(session, Ck.CKU_USER, pin);
          }
          return work.on(pkcs11, session);
        };
    assertThat(module.call(inSession)).isNotNull();
  }

  private static long slot(Pkcs11 pkcs11) {
    return pkcs11.getSlotList().stream()
        .filter(slot -> pkcs11.getTokenInfo(slot).label().equals("nameplate"))
        .findFirst()
        .orElseThrow();
  }
}
