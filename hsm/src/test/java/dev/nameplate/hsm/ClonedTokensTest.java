package dev.nameplate.hsm;

import static dev.nameplate.hsm.TestTokens.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.signing.ClonedPair;
import dev.nameplate.ca.signing.ClonedPair.Member;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.signing.VaultHealth;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Two SoftHSM tokens with the same key in them, as a cloned pair has.
class ClonedTokensTest {

  private static final Logger LOG = LoggerFactory.getLogger(ClonedTokensTest.class);
  private static final byte[] DATA = {1, 2, 3};
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration A_WHILE = Duration.ofMinutes(1);
  private static final String ID = "0a0b";
  private static final int CALLERS = 8;

  private final FaultyPkcs11 library = FaultyPkcs11.softHsm();
  private final CountDownLatch release = new CountDownLatch(1);
  private HsmSettings one;
  private HsmSettings two;
  private Path folderOfOne;
  private KeyLocation location;
  private TokenKeyVault vaultOfOne;
  private ClonedPair pair;

  @BeforeEach
  void makeThePair() throws Exception {
    var softHsm = new SoftHsm(TestTokens.newFolder());
    one = half(softHsm.createToken("one", RANDOM));
    folderOfOne = tokens().iterator().next();
    two = half(softHsm.createToken("two", RANDOM));
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var file = TestTokens.folder(one).resolve("key.pem");
    Files.writeString(file, key.toPem());
    Tool.softHsmImport(one, file, "ca", ID);
    Tool.softHsmImport(two, file, "ca", ID);
    location = new KeyLocation("one", "ca", ID, key.publicKey().fingerprint());
    var module = library.module();
    var clock = InstantSource.system();
    vaultOfOne = TokenKeyVault.expect(module, one, RANDOM, clock, HsmListener.NONE);
    pair =
        new ClonedPair(
            new Member("one", vaultOfOne),
            new Member("two", TokenKeyVault.expect(module, two, RANDOM, clock, HsmListener.NONE)),
            clock);
  }

  @AfterEach
  void closeThePair() {
    release.countDown();
    // a vault whose lane still hangs leaves the library initialised, which no other test can use
    // then
    await().until(() -> vaultOfOne.stats().hung() == 0);
    pair.close();
  }

  @Test
  void aPrimaryThatGoesAwayUnderLoadAndComesBackCostsNoCallerAnything() throws Exception {
    var key = pair.find(location);
    var stop = new AtomicBoolean();
    Callable<Calls> caller = () -> signUntil(stop, key);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var callers = Stream.generate(() -> threads.submit(caller)).limit(CALLERS).toList();
      var away = TestTokens.folder(one).resolve("away");
      try {
        for (int round : List.of(1, 2, 3)) {
          Files.move(folderOfOne, away);
          await().atMost(A_WHILE).until(() -> pair.failovers() >= round);
          assertThat(pair.health()).isEqualTo(new VaultHealth.Up());
          assertThat(pair.warnings()).containsOnlyKeys("one");
          Files.move(away, folderOfOne);
          await()
              .atMost(A_WHILE)
              .until(() -> {
                pair.probe();
                return pair.failbacks() >= round;
              });
        }
      } finally {
        stop.set(true);
      }

      var all = new ArrayList<Calls>();
      for (var each : callers) {
        all.add(each.get());
      }
      long signatures = all.stream().mapToLong(Calls::signatures).sum();
      var longest = all.stream().map(Calls::longest).max(Duration::compareTo).orElseThrow();
      LOG.info(
          "{} failovers, {} failbacks, {} signatures by {} callers, no failure, the longest call {}",
          pair.failovers(),
          pair.failbacks(),
          signatures,
          CALLERS,
          longest);
      assertThat(all).allSatisfy(calls -> assertThat(calls.failures()).isEmpty());
      assertThat(longest).isLessThan(DEADLINE);
      assertThat(pair.isOnStandby()).isFalse();
      assertThat(pair.failovers()).isEqualTo(3);
      assertThat(pair.warnings()).isEmpty();
    }
  }

  @Test
  void aPrimaryThatHangsCostsEachCallerHalfItsTimeOnce() {
    var key = pair.find(location);
    hangInOne();

    long begin = System.nanoTime();
    assertThat(key.sign(DATA)).isNotEmpty();
    var first = Duration.ofNanos(System.nanoTime() - begin);
    begin = System.nanoTime();
    for (int i = 0; i < 10; i++) {
      key.sign(DATA);
    }
    var nextTen = Duration.ofNanos(System.nanoTime() - begin);

    assertThat(first).isBetween(one.deadline(), DEADLINE);
    assertThat(nextTen).isLessThan(one.deadline());
    assertThat(pair.failovers()).isEqualTo(1);
    assertThat(pair.warnings().get("one")).contains("no answer within " + one.deadline());
  }

  @Test
  void aSignatureThatDoesNotVerifyIsMadeByTheStandbyInstead() {
    var key = pair.find(location);
    library.forge("C_Sign", byte[].class, ClonedTokensTest::forgedByOne);

    assertThat(verifies(key)).isTrue();

    assertThat(pair.failovers()).isEqualTo(1);
    assertThat(pair.warnings().get("one")).contains("does not verify and was not released");
  }

  @Test
  void aStandbyWithAnotherKeyUnderTheSameNameIsSaidAtOnce() throws Exception {
    var file = TestTokens.folder(one).resolve("other.pem");
    Files.writeString(file, SoftwareKey.generate(KeyType.EC_P256).toPem());
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var first = TestTokens.folder(one).resolve("first.pem");
    Files.writeString(first, key.toPem());
    Tool.softHsmImport(one, first, "ocsp", "0c");
    Tool.softHsmImport(two, file, "ocsp", "0c");

    pair.find(new KeyLocation("one", "ocsp", "0c", key.publicKey().fingerprint()));

    assertThat(pair.warnings().get("two"))
        .contains("key ocsp (id 0c) in token two has the fingerprint ")
        .endsWith("(it could not take over from one)");
  }

  @Test
  void aKeyIsNotMadeInOneOfTheTwo() {
    assertThatThrownBy(() -> pair.generate("new", KeyType.EC_P256))
        .hasMessageStartingWith("the tokens one and two are a cloned pair");
  }

  private record Calls(long signatures, List<Throwable> failures, Duration longest) {}

  private static Calls signUntil(AtomicBoolean stop, SigningKey key) {
    long signatures = 0;
    var failures = new ArrayList<Throwable>();
    var longest = Duration.ZERO;
    while (!stop.get()) {
      long begin = System.nanoTime();
      try {
        var signature = key.sign(DATA);
        if (key.publicKey().verifies(key.algorithm(), DATA, signature)) {
          signatures++;
        } else {
          failures.add(new AssertionError("a wrong signature"));
        }
      } catch (RuntimeException failed) {
        failures.add(failed);
      }
      var took = Duration.ofNanos(System.nanoTime() - begin);
      longest = took.compareTo(longest) > 0 ? took : longest;
    }
    return new Calls(signatures, failures, longest);
  }

  private void hangInOne() {
    library.delay(
        "C_SignInit",
        () -> {
          while (isOne() && release.getCount() > 0) {
            try {
              release.await();
            } catch (InterruptedException notHere) {
              // native calls are not interrupted
            }
          }
        });
  }

  private static byte[] forgedByOne(byte[] signature) {
    if (isOne()) {
      signature[10] ^= 1;
    }
    return signature;
  }

  private static boolean isOne() {
    return Thread.currentThread().getName().startsWith("hsm-one-");
  }

  private static boolean verifies(SigningKey key) {
    return key.publicKey().verifies(key.algorithm(), DATA, key.sign(DATA));
  }

  private Set<Path> tokens() throws IOException {
    try (var all = Files.list(TestTokens.folder(one).resolve("tokens"))) {
      return all.collect(Collectors.toSet());
    }
  }

  private static HsmSettings half(HsmSettings token) {
    return new HsmSettings(
        token.module(),
        token.token(),
        token.pin(),
        2,
        64,
        DEADLINE.dividedBy(2),
        token.environment());
  }
}
