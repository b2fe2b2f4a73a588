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
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// SoftHSM in a process of its own, behind p11-kit, that is lost, hangs, and comes back.
class P11KitRemoteTest {

  private static final byte[] DATA = {1, 2, 3};
  private static final int KILLS = 30;
  private static final int CALLERS = 8;
  private static final int SIGNATURES_BETWEEN_KILLS = 25;

  private KeyLocation location;
  private P11KitServer server;

  @BeforeEach
  void makeAKey() throws IOException {
    var token = TestTokens.newToken("nameplate");
    try (var vault = TestTokens.open(token)) {
      location = vault.generate("ca", KeyType.EC_P256).location();
    }
    server = P11KitServer.start(token);
  }

  @AfterEach
  void stopTheServer() throws IOException {
    server.close();
  }

  @Test
  void thirtyKillsUnderLoadReachNoCaller() throws Exception {
    var settings = server.client();
    try (var vault = open(settings)) {
      var key = vault.find(location);
      var signed = new Semaphore(0);
      var enough = new AtomicBoolean();
      Callable<Duration> caller = () -> signUntil(enough, key, signed);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Duration>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
          callers.add(threads.submit(caller));
        }
        try {
          for (int kill = 0; kill < KILLS; kill++) {
            assertThat(signed.tryAcquire(SIGNATURES_BETWEEN_KILLS, 30, TimeUnit.SECONDS))
                .as("signatures after kill %d; %s; %s", kill, vault.health(), vault.stats())
                .isTrue();
            signed.drainPermits();
            server.killRemotes();
          }
        } finally {
          enough.set(true);
        }
        for (var longest : callers) {
          assertThat(longest.get()).isLessThan(settings.deadline());
        }
      }
      assertThat(vault.stats().generation()).isGreaterThan(KILLS / 2);
      assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
    }
  }

  @Test
  void aServerThatIsGoneForAWhileIsFoundAgain() throws Exception {
    try (var vault = open(server.client())) {
      var key = vault.find(location);
      server.stop();
      assertThatThrownBy(() -> key.sign(DATA)).isInstanceOf(HsmException.class);
      assertThat(vault.health()).isInstanceOf(VaultHealth.Down.class);

      server.restart();

      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(100))
          .until(key::isUsable);
      assertThat(verifies(key, key.sign(DATA))).isTrue();
      assertThat(vault.health()).isEqualTo(new VaultHealth.Up());
    }
  }

  @Test
  void aCallThatDoesNotReturnIsSeenAsSuchAndTheTokenHealsWhenItDoes() throws Exception {
    try (var vault = open(server.client().withDeadline(Duration.ofSeconds(1)))) {
      var key = vault.find(location);
      server.signal("STOP");

      assertThatThrownBy(() -> key.sign(DATA)).hasMessage("token nameplate: no answer within PT1S");
      await().until(() -> vault.stats().hung() == 1);
      assertThat(vault.health())
          .isInstanceOfSatisfying(
              VaultHealth.Down.class,
              down ->
                  assertThat(down.reason())
                      .contains("has not returned since", "restart the process"));

      server.signal("CONT");

      await().until(() -> vault.stats().hung() == 0);
      assertThat(verifies(key, key.sign(DATA))).isTrue();
      assertThat(vault.stats().generation()).isEqualTo(1);
    }
  }

  private static TokenKeyVault open(HsmSettings settings) {
    return TokenKeyVault.open(settings, RANDOM, InstantSource.system());
  }

  /// Returns how long the longest call took; none fails.
  private static Duration signUntil(AtomicBoolean enough, SigningKey key, Semaphore signed) {
    long longest = 0;
    while (!enough.get()) {
      long start = System.nanoTime();
      var signature = key.sign(DATA);
      longest = Math.max(longest, System.nanoTime() - start);
      assertThat(verifies(key, signature)).isTrue();
      signed.release();
    }
    return Duration.ofNanos(longest);
  }

  private static boolean verifies(SigningKey key, byte[] signature) {
    return key.publicKey().verifies(key.algorithm(), DATA, signature);
  }
}
