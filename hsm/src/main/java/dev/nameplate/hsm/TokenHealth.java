package dev.nameplate.hsm;

import dev.nameplate.ca.signing.VaultHealth;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Whether a token signs: it is asked to, with the key that was used last, and with those whose
/// last signature did not come. The answer is kept for some seconds, unless somebody's signature
/// says otherwise; at most one caller asks at a time, and nobody waits for longer than a probe may
/// take.
final class TokenHealth {

  private static final Duration FRESH = Duration.ofSeconds(5);
  private static final Duration LONGEST_PROBE = Duration.ofSeconds(5);

  /// A key that nobody asks for any more has been replaced, and may be missing.
  private static final Duration MISSED = Duration.ofMinutes(10);

  private final SessionPool sessions;
  private final Pkcs11Module module;
  private final Duration within;
  private final InstantSource clock;
  private final ReentrantLock probing = new ReentrantLock();
  private final Map<TokenSigningKey, Instant> failing = new ConcurrentHashMap<>();
  private final AtomicLong turns = new AtomicLong();
  private volatile boolean lastSucceeded = true;
  private volatile @Nullable TokenSigningKey lastUsed;
  private volatile @Nullable Finding latest;

  private record Finding(VaultHealth health, Instant at, long turn) {}

  TokenHealth(
      SessionPool sessions, Pkcs11Module module, HsmSettings settings, InstantSource clock) {
    this.sessions = sessions;
    this.module = module;
    this.within =
        settings.deadline().compareTo(LONGEST_PROBE) < 0 ? settings.deadline() : LONGEST_PROBE;
    this.clock = clock;
  }

  /// A key was made or found, and gave a signature, or would have.
  void succeeded(TokenSigningKey key) {
    if (lastUsed != key) {
      lastUsed = key;
    }
    if (!failing.isEmpty()) {
      failing.remove(key);
    }
    turn(true);
  }

  /// A key did not give the signature that it was asked for.
  void failed(TokenSigningKey key) {
    failing.put(key, clock.instant());
    turn(false);
  }

  VaultHealth health() {
    var hung = sessions.hungSince();
    if (hung.isPresent()) {
      return new VaultHealth.Down(SessionPool.whatHangs(hung.get()));
    }
    return known().orElseGet(this::lookedAt);
  }

  private void turn(boolean success) {
    if (lastSucceeded != success) {
      lastSucceeded = success;
      turns.incrementAndGet();
    }
  }

  private Optional<VaultHealth> known() {
    var finding = latest;
    var now = clock.instant();
    return finding != null
            && finding.turn() == turns.get()
            && !now.isBefore(finding.at())
            && now.isBefore(finding.at().plus(FRESH))
        ? Optional.of(finding.health())
        : Optional.empty();
  }

  private VaultHealth lookedAt() {
    try {
      if (!probing.tryLock(within.toNanos(), TimeUnit.NANOSECONDS)) {
        return new VaultHealth.Down("the token has not answered for " + within);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return new VaultHealth.Down("interrupted while it was looked at");
    }
    try {
      return known()
          .orElseGet(() -> {
            long turn = turns.get();
            var health = probed();
            latest = new Finding(health, clock.instant(), turn);
            return health;
          });
    } finally {
      probing.unlock();
    }
  }

  private VaultHealth probed() {
    try {
      failing.values().removeIf(asked -> asked.plus(MISSED).isBefore(clock.instant()));
      var info = sessions.callNext(Session::tokenInfo, within);
      var key = lastUsed;
      if (key != null && !failing.containsKey(key)) {
        key.probe(within);
      }
      for (var other : List.copyOf(failing.keySet())) {
        other.probe(within);
        failing.remove(other);
      }
      return info.pinWarning().isEmpty()
          ? new VaultHealth.Up()
          : new VaultHealth.Degraded(
              "it signs, but "
                  + info.pinWarning()
                  + " is set: somebody gave a wrong PIN, and the next login will not be tried");
    } catch (HsmException down) {
      return new VaultHealth.Down(reason(down));
    }
  }

  private String reason(HsmException down) {
    var words = String.valueOf(down.getMessage());
    return module
        .leftAloneUntil(clock.instant())
        .map(then -> words + "; the library is left alone until " + then)
        .orElse(words);
  }
}
