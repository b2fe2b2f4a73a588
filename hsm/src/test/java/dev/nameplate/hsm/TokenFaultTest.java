package dev.nameplate.hsm;

import static dev.nameplate.hsm.TestTokens.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.signing.KeyVault.GeneratedKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TokenFaultTest {

  private static final byte[] DATA = {1, 2, 3};

  private final FaultyPkcs11 library = FaultyPkcs11.softHsm();
  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private HsmSettings token;
  private TokenKeyVault vault;
  private GeneratedKey ca;

  @BeforeEach
  void makeAKey() throws IOException {
    token = TestTokens.withSessions(TestTokens.newToken("nameplate"), 1, 2);
    vault = open(token);
    ca = vault.generate("ca", KeyType.EC_P256);
  }

  @AfterEach
  void closeTheVault() {
    vault.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Ckr.class,
      names = {
        "CKR_SESSION_CLOSED",
        "CKR_SESSION_HANDLE_INVALID",
        "CKR_OPERATION_ACTIVE",
        "CKR_USER_NOT_LOGGED_IN"
      })
  void aBrokenSessionIsReplacedAndTheCallRepeatedOnce(Ckr code) {
    long sessions = library.count("C_OpenSession");
    library.failNext("C_SignInit", code);

    assertThat(verifies(ca.key().sign(DATA))).isTrue();

    assertThat(library.count("C_OpenSession")).isEqualTo(sessions + 1);
    assertThat(library.count("C_Initialize")).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Ckr.class,
      names = {
        "CKR_DEVICE_ERROR",
        "CKR_GENERAL_ERROR",
        "CKR_CRYPTOKI_NOT_INITIALIZED",
        "CKR_KEY_HANDLE_INVALID"
      })
  void aBrokenLibraryIsInitialisedAnewAndTheCallRepeatedOnce(Ckr code) {
    library.failNext("C_Sign", code);

    assertThat(verifies(ca.key().sign(DATA))).isTrue();

    assertThat(library.count("C_Initialize")).isEqualTo(2);
    assertThat(library.count("C_Login")).isEqualTo(2);
  }

  @Test
  void aSecondFailureIsTheCallersAndNamesFunctionAndCode() {
    library.failNext("C_Sign", Ckr.CKR_DEVICE_ERROR).failNext("C_Sign", Ckr.CKR_DEVICE_REMOVED);

    assertThatThrownBy(() -> ca.key().sign(DATA))
        .isInstanceOf(HsmException.class)
        .hasMessage("token nameplate: C_Sign: CKR_DEVICE_REMOVED");
  }

  @Test
  void whatTheCallerDidWrongIsNotRepeated() {
    library.failNext("C_SignInit", Ckr.CKR_KEY_FUNCTION_NOT_PERMITTED);
    long before = library.count("C_SignInit");

    assertThatThrownBy(() -> ca.key().sign(DATA))
        .hasMessage("token nameplate: C_SignInit: CKR_KEY_FUNCTION_NOT_PERMITTED");

    assertThat(library.count("C_SignInit")).isEqualTo(before + 1);
    assertThat(verifies(ca.key().sign(DATA))).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"CKR_GENERAL_ERROR", "CKR_FUNCTION_FAILED", "CKR_ARGUMENTS_BAD"})
  void aTokenThatCannotBeAskedWhatAKeyIsLimitedToLimitsItToNothing(Ckr code) {
    library.forgetCalls();
    library.failNext("C_GetAttributeValue", code);

    var found = vault.find(ca.location());

    assertThat(verifies(found.sign(DATA))).isTrue();
    assertThat(library.count("C_Initialize")).isZero();
  }

  @Test
  void aKeyIsNotGeneratedTwice() {
    library.failNext("C_GenerateKeyPair", Ckr.CKR_DEVICE_ERROR);

    assertThatThrownBy(() -> vault.generate("ocsp", KeyType.EC_P256))
        .hasMessage("token nameplate: C_GenerateKeyPair: CKR_DEVICE_ERROR");

    assertThat(library.count("C_GenerateKeyPair")).isEqualTo(2); // with the one of the set-up
  }

  @Test
  void aTokenFolderThatIsMovedAwayAndBackIsFoundAgain() throws IOException {
    var tokens = TestTokens.folder(token).resolve("tokens");
    var away = tokens.resolveSibling("away");
    Files.move(tokens, away);

    assertThatThrownBy(() -> ca.key().sign(DATA))
        .isInstanceOfSatisfying(
            HsmException.class, gone -> assertThat(gone).hasMessageContaining("C_"));
    assertThat(vault.health()).isInstanceOf(VaultHealth.Down.class);

    Files.move(away, tokens);
    now = now.plus(Duration.ofMinutes(1));

    assertThat(verifies(ca.key().sign(DATA))).isTrue();
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
  }

  @Test
  void aTokenFolderThatIsMovedAwayAndBackUnderLoadCostsOnlyTheTimeBetween() throws Exception {
    vault.close();
    vault =
        TokenKeyVault.open(
            library.module(),
            TestTokens.withSessions(token, 4, 64),
            RANDOM,
            InstantSource.system(),
            HsmListener.NONE);
    var key = vault.find(ca.location());
    var tokens = TestTokens.folder(token).resolve("tokens");
    var away = tokens.resolveSibling("away");
    var signed = new AtomicInteger();
    var refused = new AtomicInteger();
    var enough = new AtomicBoolean();
    Callable<Duration> caller =
        () -> {
          long longest = 0;
          while (!enough.get()) {
            long start = System.nanoTime();
            try {
              assertThat(verifies(key.sign(DATA))).isTrue();
              signed.incrementAndGet();
            } catch (HsmException gone) {
              refused.incrementAndGet();
            }
            longest = Math.max(longest, System.nanoTime() - start);
          }
          return Duration.ofNanos(longest);
        };

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var callers = new ArrayList<Future<Duration>>();
      for (int i = 0; i < 8; i++) {
        callers.add(threads.submit(caller));
      }
      try {
        for (int round = 0; round < 3; round++) {
          int signedBefore = signed.get();
          await().until(() -> signed.get() > signedBefore + 50);
          int refusedBefore = refused.get();
          Files.move(tokens, away);
          // SoftHSM goes on with what it has read, until it is initialised anew
          library.failNext("C_SignInit", Ckr.CKR_DEVICE_ERROR);
          await().until(() -> refused.get() > refusedBefore + 50);
          Files.move(away, tokens);
          int signedSince = signed.get();
          await().atMost(Duration.ofMinutes(1)).until(() -> signed.get() > signedSince + 50);
        }
      } finally {
        enough.set(true);
      }
      for (var longest : callers) {
        assertThat(longest.get()).isLessThan(token.deadline());
      }
    }
  }

  @Test
  void anotherTokenWithTheSameLabelIsNotOurs() throws Exception {
    var tokens = TestTokens.folder(token).resolve("tokens");
    Files.move(tokens, tokens.resolveSibling("away"));
    Files.createDirectory(tokens);
    Tool.softHsmInitToken(token, "nameplate");

    assertThatThrownBy(() -> ca.key().sign(DATA))
        .isInstanceOf(HsmException.class)
        .hasMessageMatching("token nameplate: C_GetSlotList: the token [0-9a-f]{16} is gone");
  }

  @Test
  void faultsUnderLoadReachNoCaller() throws Exception {
    vault.close();
    vault = open(TestTokens.withSessions(token, 4, 64));
    var key = vault.find(ca.location());
    Callable<byte[]> sign = () -> key.sign(DATA);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 20; round++) {
        library.failNext(
            "C_Sign", round % 2 == 0 ? Ckr.CKR_DEVICE_ERROR : Ckr.CKR_SESSION_HANDLE_INVALID);
        for (var signature : threads.invokeAll(Collections.nCopies(32, sign))) {
          assertThat(verifies(signature.get())).isTrue();
        }
      }
    }
  }

  @Test
  void aVaultClosesAlthoughACallDoesNotReturnAndLeavesTheLibraryAlone() throws Exception {
    vault.close();
    long finalized = library.count("C_Finalize");
    var hanging = open(withDeadline(Duration.ofSeconds(1)));
    var release = new CountDownLatch(1);
    library.delay("C_SignInit", () -> awaitQuietly(release));
    var key = hanging.find(ca.location());
    assertThatThrownBy(() -> key.sign(DATA)).hasMessageContaining("no answer within PT1S");

    hanging.close();

    assertThat(library.count("C_Finalize")).isEqualTo(finalized);
    assertThat(hanging.health()).isInstanceOf(VaultHealth.Down.class);

    release.countDown();
    joinLanes();
    NativePkcs11.load(HsmSettings.SOFTHSM).finalizeModule(); // for the tests that follow
  }

  @Test
  void aLibraryThatStaysBrokenIsLeftAloneForLongerAndLonger() throws IOException {
    var tokens = TestTokens.folder(token).resolve("tokens");
    Files.move(tokens, tokens.resolveSibling("away"));

    for (int i = 0; i < 200; i++) {
      assertThatThrownBy(() -> ca.key().sign(DATA)).isInstanceOf(HsmException.class);
      now = now.plusMillis(50);
    }

    // in 10 seconds: at 0, 0.2, 0.6, 1.4, 3, 6.2 and so on, after the one of the set-up
    assertThat(library.count("C_Initialize")).isBetween(5L, 9L);
  }

  @Test
  void aWrongSignatureIsNeverReleased() {
    assertThat(ca.key().checksItself()).isTrue();
    library.forge("C_Sign", byte[].class, TokenFaultTest::withOneBitChanged);

    assertThatThrownBy(() -> ca.key().sign(DATA))
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("does not verify and was not released");

    long sessions = library.count("C_OpenSession");
    library.tellTheTruth();
    assertThat(verifies(ca.key().sign(DATA))).isTrue();
    assertThat(library.count("C_OpenSession")).isEqualTo(sessions + 1);
  }

  @Test
  void theSignatureOfAnotherKeyIsNeverReleased() {
    var longer = vault.generate("root", KeyType.EC_P384);
    library.forge("C_Sign", byte[].class, _ -> new byte[64]);

    assertThatThrownBy(() -> longer.key().sign(DATA))
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("an ECDSA signature of 64 bytes by a key on secp384r1");
  }

  @Test
  void aKeyThatIsLessThanDemandedIsDestroyed() {
    library.forge("C_GetAttributeValue", Map.class, TokenFaultTest::withoutNeverExtractable);

    assertThatThrownBy(() -> vault.generate("ocsp", KeyType.EC_P256))
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("CKA_NEVER_EXTRACTABLE is missing, not 01");

    library.tellTheTruth();
    assertThat(library.count("C_DestroyObject")).isEqualTo(2);
    assertThat(verifies(ca.key().sign(DATA))).isTrue();
    assertThat(vault.generate("ocsp", KeyType.EC_P256).key().sign(DATA)).isNotEmpty();
  }

  @Test
  void callersBeyondTheQueueOrTheDeadlineAreRefused() throws Exception {
    vault.close();
    vault = open(withDeadline(Duration.ofSeconds(1)));
    var key = vault.find(ca.location());
    var inside = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    library.delay(
        "C_SignInit",
        () -> {
          inside.countDown();
          awaitQuietly(release);
        });

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var callers = new ArrayList<Future<byte[]>>();
      callers.add(threads.submit(() -> key.sign(DATA)));
      assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 9; i++) {
        callers.add(threads.submit(() -> key.sign(DATA)));
      }

      var reasons = new ArrayList<String>();
      for (var caller : callers) {
        assertThatThrownBy(caller::get)
            .hasCauseInstanceOf(HsmException.class)
            .satisfies(refused -> reasons.add(String.valueOf(refused.getMessage())));
      }
      assertThat(reasons)
          .filteredOn(reason -> reason.endsWith("token nameplate: no answer within PT1S"))
          .hasSize(3); // one inside the library, two in the queue
      assertThat(reasons)
          .filteredOn(reason -> reason.endsWith("token nameplate: the queue for a session is full"))
          .hasSize(7);
      assertThat(vault.health()).isInstanceOf(VaultHealth.Down.class);
    } finally {
      release.countDown();
    }
    await().until(() -> vault.stats().hung() == 0);
    assertThat(verifies(key.sign(DATA))).isTrue();
  }

  private TokenKeyVault open(HsmSettings settings) {
    return TokenKeyVault.open(library.module(), settings, RANDOM, () -> now, HsmListener.NONE);
  }

  private HsmSettings withDeadline(Duration deadline) {
    return token.withDeadline(deadline);
  }

  private boolean verifies(byte[] signature) {
    return ca.key().publicKey().verifies(ca.key().algorithm(), DATA, signature);
  }

  private static byte[] withOneBitChanged(byte[] signature) {
    signature[10] ^= 1;
    return signature;
  }

  @SuppressWarnings("unchecked")
  private static Map<Cka, byte[]> withoutNeverExtractable(Map<?, ?> attributes) {
    var less = new HashMap<>((Map<Cka, byte[]>) attributes);
    less.remove(Cka.NEVER_EXTRACTABLE);
    return less;
  }

  private static void joinLanes() throws InterruptedException {
    for (var thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("hsm-nameplate-")) {
        thread.join();
      }
    }
  }

  /// Like a call into a library: not to be interrupted.
  private static void awaitQuietly(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException notHere) {
        // goes on waiting
      }
    }
  }
}
