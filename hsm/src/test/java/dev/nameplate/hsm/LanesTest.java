package dev.nameplate.hsm;

import static dev.nameplate.hsm.TestTokens.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the lanes of a token do when calls hang, when sessions are few, and when there is nothing
/// to do; and what they say of themselves.
class LanesTest {

  private static final byte[] DATA = {1, 2, 3};
  private static final Duration DEADLINE = Duration.ofSeconds(1);

  private final FaultyPkcs11 library = FaultyPkcs11.softHsm();
  private final Heard heard = new Heard();
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch inside = new CountDownLatch(1);
  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private HsmSettings token;
  private KeyLocation location;
  private TokenKeyVault vault;
  private SigningKey key;

  @BeforeEach
  void makeAKey() throws IOException {
    token = TestTokens.newToken("nameplate").withDeadline(DEADLINE);
    try (var made = TestTokens.open(token)) {
      location = made.generate("ca", KeyType.EC_P256).location();
    }
    vault = TokenKeyVault.open(library.module(), token, RANDOM, () -> now, heard);
    key = vault.find(location);
  }

  @AfterEach
  void closeTheVault() {
    release.countDown();
    await().until(() -> vault.stats().busy() == 0);
    vault.close();
  }

  @Test
  void whileOneCallHangsTheOthersGoOnAndHealthSaysSo() throws Exception {
    open(token.withSessions(3));
    hangInSign(1);

    assertThatThrownBy(() -> key.sign(DATA)).hasMessage("token nameplate: no answer within PT1S");

    await().until(() -> vault.stats().hung() == 1);
    for (int i = 0; i < 20; i++) {
      assertThatItSigns();
    }
    assertThat(downReason())
        .isEqualTo(
            "a call into the library has not returned since 2026-01-01T00:00:00Z; if it does not"
                + " return, restart the process");

    release.countDown();
    await().until(() -> vault.stats().hung() == 0);
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
  }

  @Test
  void aKeyThatTooManyAskForIsNoBrokenKeyAndIsNotAskedForMore() throws Exception {
    open(token.withSessions(1).withQueueLimit(1));
    hangInSign(1);
    var refused =
        signAtOnce(4).stream().filter(caller -> caller.state() == Future.State.FAILED).count();
    assertThat(refused).isPositive();
    assertThat(heard.refusals.keySet())
        .isSubsetOf(HsmListener.Refusal.DEADLINE, HsmListener.Refusal.QUEUE_FULL);
    release.countDown();
    await().until(() -> vault.stats().busy() == 0);
    long signed = library.count("C_Sign");

    assertThat(key.isUsable()).isTrue();

    assertThat(library.count("C_Sign")).isEqualTo(signed);
  }

  @Test
  void whenEveryCallHangsCallersAreRefusedAtOnceUntilOneReturns() throws Exception {
    open(token.withSessions(2));
    hangInSign(2);
    signAtOnce(2)
        .forEach(caller -> assertThatThrownBy(caller::get).hasCauseInstanceOf(HsmException.class));
    await().until(() -> vault.stats().hung() == 2);

    long start = System.nanoTime();
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> key.sign(DATA)).hasMessageContaining("has not returned since");
      assertThat(key.isUsable()).isFalse();
      assertThat(vault.health()).isInstanceOf(VaultHealth.Down.class);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DEADLINE);
    assertThat(heard.refusals)
        .containsEntry(HsmListener.Refusal.DEADLINE, 2)
        .containsEntry(HsmListener.Refusal.HUNG, 200);

    release.countDown();
    await().until(() -> vault.stats().hung() == 0);
    assertThatItSigns();
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
    assertThat(library.count("C_Initialize")).isEqualTo(1);
  }

  @Test
  void theLibraryIsNotFinalisedWhileACallHangsHoweverBrokenItIs() throws Exception {
    open(token.withSessions(2));
    hangInSign(1);
    assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(HsmException.class);
    await().until(() -> vault.stats().hung() == 1);

    library.failNext("C_SignInit", Ckr.CKR_DEVICE_ERROR);

    // at once: nobody waits for a call that has been inside for longer than its caller's deadline
    assertThatThrownBy(() -> key.sign(DATA)).hasMessageContaining("C_SignInit: CKR_DEVICE_ERROR");
    assertThat(library.count("C_Finalize")).isZero();
    assertThatItSigns(); // the other lane goes on

    release.countDown();
    await().until(() -> vault.stats().hung() == 0);
    now = now.plusSeconds(60);
    library.failNext("C_SignInit", Ckr.CKR_DEVICE_ERROR);
    assertThatItSigns();
    assertThat(library.count("C_Finalize")).isEqualTo(1);
  }

  @Test
  void whileABrokenLibraryIsWaitedForTheOthersSign() throws Exception {
    open(token.withSessions(3).withDeadline(Duration.ofSeconds(8)));
    for (var signature : signAtOnce(3)) {
      assertThat(verifies(signature.get())).isTrue();
    }
    hangInSign(1);
    Callable<byte[]> sign = () -> key.sign(DATA);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var hanging = threads.submit(sign);
      await().until(() -> inside.getCount() == 0);
      library.failNext("C_SignInit", Ckr.CKR_DEVICE_ERROR);
      var broken = threads.submit(sign);
      await().until(() -> !heard.failures.isEmpty());

      for (int i = 0; i < 5; i++) {
        assertThatItSigns();
      }

      assertThat(broken.isDone()).as("it waits for the one that hangs").isFalse();
      release.countDown();
      assertThat(verifies(hanging.get())).isTrue();
      assertThat(verifies(broken.get())).isTrue();
      assertThat(library.count("C_Initialize")).isEqualTo(2);
    }
  }

  @Test
  void aKeyThatIsMadeAfterItsCallerGaveUpIsDestroyed() throws Exception {
    open(token.withSessions(1));
    library.delay(
        "C_GenerateKeyPair",
        () -> {
          inside.countDown();
          awaitQuietly(release);
        });
    var refusal = new CompletableFuture<String>();
    var caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                refusal.complete(vault.generate("late", KeyType.EC_P256).location().label());
              } catch (HsmException refused) {
                refusal.complete(String.valueOf(refused.getMessage()));
              }
            });
    inside.await();
    caller.interrupt();
    assertThat(refusal.get()).endsWith("interrupted while waiting");

    release.countDown();

    await().until(() -> library.count("C_DestroyObject") == 2);
    assertThat(vault.keys()).extracting(FoundKey::label).containsExactly("ca");
    assertThat(Tool.pkcs11(token, "--list-objects")).doesNotContain("late");
    library.delay("C_GenerateKeyPair", () -> {});
    assertThat(vault.generate("late", KeyType.EC_P256).location().label()).isEqualTo("late");
    assertThat(library.count("C_Initialize")).isEqualTo(1);
  }

  @Test
  void thereAreNoMoreSessionsThanTheTokenAllows() throws Exception {
    library.forge("C_GetTokenInfo", TokenInfo.class, info -> withSessions(info, 2));
    open(token.withSessions(8).withDeadline(Duration.ofSeconds(10)));

    for (var signature : signAtOnce(200)) {
      assertThat(verifies(signature.get())).isTrue();
    }

    assertThat(library.count("C_OpenSession")).isEqualTo(2);
    assertThat(vault.stats().sessions()).isEqualTo(2);
  }

  @Test
  void aTokenThatHasNoSessionLeftIsUsedWithThoseThatThereAre() throws Exception {
    open(token.withSessions(4).withDeadline(Duration.ofSeconds(10)));
    for (int i = 0; i < 3; i++) {
      library.failNext("C_OpenSession", Ckr.CKR_SESSION_COUNT);
    }

    for (var signature : signAtOnce(100)) {
      assertThat(verifies(signature.get())).isTrue();
    }

    assertThat(library.count("C_Initialize")).isEqualTo(1);
  }

  @Test
  void anIdleSessionIsKeptAliveIfThatIsWanted() throws Exception {
    open(token.withSessions(1).withKeepAlive(Duration.ofMillis(50)));

    await().until(() -> library.count("C_GenerateRandom") >= 3);

    library.failNext("C_GenerateRandom", Ckr.CKR_SESSION_HANDLE_INVALID);
    await().until(() -> library.count("C_OpenSession") == 2); // before anybody asks
    assertThatItSigns();
  }

  @Test
  void anIdleSessionIsLeftAloneOtherwise() throws Exception {
    open(token);
    assertThatItSigns();

    assertThat(library.count("C_GenerateRandom")).isZero();
  }

  @Test
  void healthIsAProbeSignatureThatIsKeptForSomeSeconds() {
    open(token);
    long signed = library.count("C_Sign");
    for (int i = 0; i < 10; i++) {
      assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
    }
    assertThat(library.count("C_Sign")).isEqualTo(signed + 1);

    now = now.plusSeconds(6);
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
    assertThat(library.count("C_Sign")).isEqualTo(signed + 2);
  }

  @Test
  void aProbeThatDoesNotVerifyIsNoHealth() {
    open(token);
    library.forge("C_Sign", byte[].class, _ -> new byte[64]);

    assertThat(downReason()).contains("does not verify");

    library.tellTheTruth();
    now = now.plusSeconds(6);
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
  }

  @Test
  void aKeyThatIsGoneIsNamedAlthoughOthersSign() throws Exception {
    open(token);
    var other = vault.generate("ocsp", KeyType.EC_P256);
    Tool.pkcs11(token, "--delete-object", "--type", "privkey", "--id", location.id());
    now = now.plusSeconds(60);
    assertThatThrownBy(() -> key.sign(DATA)).hasMessageContaining("there is no private key ca");
    assertThat(other.key().sign(DATA)).isNotEmpty();

    assertThat(downReason()).contains("there is no private key ca");

    now = now.plus(Duration.ofMinutes(11)); // nobody has asked for it since
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
  }

  @Test
  void aPinWarningIsShownWhileTheTokenStillSigns() {
    open(token);
    library.forge(
        "C_GetTokenInfo",
        TokenInfo.class,
        info -> info.withFlags(info.flags() | Ck.CKF_USER_PIN_FINAL_TRY));

    assertThat(vault.health())
        .isInstanceOfSatisfying(
            VaultHealth.Degraded.class,
            degraded -> assertThat(degraded.reason()).contains("CKF_USER_PIN_FINAL_TRY"));
  }

  @Test
  void whileABrokenLibraryIsLeftAloneHealthSaysUntilWhen() {
    open(token.withSessions(1));
    for (int i = 0; i < 4; i++) {
      library.failNext("C_SignInit", Ckr.CKR_DEVICE_ERROR);
      library.failNext("C_SignInit", Ckr.CKR_DEVICE_ERROR);
      assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(HsmException.class);
    }
    library.failNext("C_SignInit", Ckr.CKR_DEVICE_ERROR);

    assertThat(downReason())
        .contains(
            "C_SignInit: CKR_DEVICE_ERROR; the library is left alone until 2026-01-01T00:00:00");
  }

  @Test
  void aLibraryThatCannotBeInitialisedIsTriedAgainOnce() {
    library.failNext("C_Initialize", Ckr.CKR_DEVICE_ERROR);
    open(token);
    assertThatItSigns();
    assertThat(library.count("C_Initialize")).isEqualTo(2);

    library.failNext("C_Initialize", Ckr.CKR_ARGUMENTS_BAD);
    library.failNext("C_Initialize", Ckr.CKR_ARGUMENTS_BAD);
    assertThatThrownBy(() -> open(token)).hasMessageContaining("C_Initialize: CKR_ARGUMENTS_BAD");
    open(token);
    assertThatItSigns();
  }

  @Test
  void aTokenThatIsExpectedIsOpenedWhenItComes() throws Exception {
    vault.close();
    var folder = TestTokens.folder(token).resolve("tokens");
    Files.move(folder, folder.resolveSibling("away"));
    vault = TokenKeyVault.expect(library.module(), token, RANDOM, () -> now, heard);
    assertThat(downReason()).contains("C_");
    assertThatThrownBy(() -> vault.find(location)).isInstanceOf(HsmException.class);

    Files.move(folder.resolveSibling("away"), folder);
    now = now.plusSeconds(60);

    key = vault.find(location);
    assertThatItSigns();
    assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
  }

  @Test
  void aTokenThatIsFullSaysSoAndStillSigns() {
    open(token);
    library.failNext("C_GenerateKeyPair", Ckr.CKR_DEVICE_MEMORY);

    assertThatThrownBy(() -> vault.generate("ocsp", KeyType.EC_P256))
        .hasMessage("token nameplate: C_GenerateKeyPair: CKR_DEVICE_MEMORY");
    assertThatItSigns();
  }

  @Test
  void aTokenThatMayOnlyBeReadSignsAndMakesNoKeys() {
    library.forge(
        "C_GetTokenInfo",
        TokenInfo.class,
        info -> info.withFlags(info.flags() | Ck.CKF_WRITE_PROTECTED));
    open(token);

    assertThatItSigns();
    assertThatThrownBy(() -> vault.generate("ocsp", KeyType.EC_P256))
        .hasMessage("token nameplate: C_GenerateKeyPair: CKR_SESSION_READ_ONLY");
    assertThatItSigns();
  }

  private void open(HsmSettings settings) {
    vault.close();
    library.forgetCalls();
    vault = TokenKeyVault.open(library.module(), settings, RANDOM, () -> now, heard);
    key = vault.find(location);
  }

  /// The next calls of C_Sign do not return until they are released.
  private void hangInSign(int calls) {
    var left = new AtomicInteger(calls);
    library.delay(
        "C_Sign",
        () -> {
          if (left.getAndDecrement() > 0) {
            inside.countDown();
            awaitQuietly(release);
          }
        });
  }

  private List<Future<byte[]>> signAtOnce(int callers) throws InterruptedException {
    Callable<byte[]> sign = () -> key.sign(DATA);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      return threads.invokeAll(Collections.nCopies(callers, sign));
    }
  }

  private void assertThatItSigns() {
    assertThat(verifies(key.sign(DATA))).isTrue();
  }

  private boolean verifies(byte[] signature) {
    return key.publicKey().verifies(key.algorithm(), DATA, signature);
  }

  private String downReason() {
    return vault.health() instanceof VaultHealth.Down(var reason) ? reason : "it is not down";
  }

  private static TokenInfo withSessions(TokenInfo info, long most) {
    return new TokenInfo(
        info.label(),
        info.manufacturer(),
        info.model(),
        info.serial(),
        info.flags(),
        most,
        most,
        info.hardware(),
        info.firmware());
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

  private static final class Heard implements HsmListener {

    private final ConcurrentHashMap<Refusal, Integer> refusals = new ConcurrentHashMap<>();
    private final AtomicLong waits = new AtomicLong();
    private final List<HsmException> failures = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void waited(Duration time) {
      waits.incrementAndGet();
    }

    @Override
    public void refused(Refusal why) {
      refusals.merge(why, 1, Integer::sum);
    }

    @Override
    public void failed(HsmException failure) {
      failures.add(failure);
    }
  }
}
