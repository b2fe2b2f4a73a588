package dev.nameplate.hsm;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One PKCS#11 library in this process, shared by all tokens in it.
///
/// C_Initialize and C_Finalize are the library's, not a token's: the first call initialises it, the
/// last user finalises it, and whoever finds it broken initialises it anew for everybody. Each
/// initialisation is a *generation*; sessions and handles die with theirs. Calls hold the read
/// lock, so that nobody is inside the library while it is finalised: if a call does not return, the
/// library stays as it is, and those calls go on that still can.
final class Pkcs11Module {

  private static final Logger LOG = LoggerFactory.getLogger(Pkcs11Module.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration FIRST_TURN = Duration.ofMillis(10);

  // The environment belongs to the process, and libraries to their path: there is no other place.
  private static final ReentrantLock ENVIRONMENT = new ReentrantLock();
  private static final Map<Path, Pkcs11Module> LOADED = new HashMap<>();

  private enum State {
    /// Nobody needed the library since it was loaded, or since it was finalised.
    RESTING,
    READY,
    /// C_Initialize failed.
    BROKEN
  }

  private final String name;
  private final Pkcs11 pkcs11;
  private final ReentrantReadWriteLock calls = new ReentrantReadWriteLock();
  private final ReentrantLock renewal = new ReentrantLock();
  // By the thread; since when, as System.nanoTime.
  private final Map<Thread, Long> inside = new ConcurrentHashMap<>();
  private final Backoff backoff = new Backoff();
  private final Map<String, String> latches = new ConcurrentHashMap<>();
  private final Object membership = new Object();

  // Written under membership.
  private int users;
  private volatile Map<String, String> environment = Map.of();
  private volatile String initialization = "";

  // Written under the write lock.
  private final AtomicLong generation = new AtomicLong();
  private volatile State state = State.RESTING;
  private volatile @Nullable HsmException whyBroken;

  Pkcs11Module(String name, Pkcs11 pkcs11) {
    this.name = name;
    this.pkcs11 = pkcs11;
  }

  /// The library at this path, loaded once.
  static Pkcs11Module at(Path path) {
    return at(path, Map.of());
  }

  /// The same.
  ///
  /// @param environment what to set before: some libraries read it when they are loaded
  static Pkcs11Module at(Path path, Map<String, String> environment) {
    Path real;
    try {
      real = path.toRealPath();
    } catch (IOException missing) {
      throw HsmException.refused("there is no PKCS#11 library " + path, missing);
    }
    synchronized (LOADED) {
      return LOADED.computeIfAbsent(
          real,
          library ->
              new Pkcs11Module(
                  path.toString(), inEnvironment(environment, () -> NativePkcs11.load(library))));
    }
  }

  /// Adds a user who tells the library nothing.
  void join(Map<String, String> wanted) {
    join(wanted, "");
  }

  /// Adds a user, who calls [#leave] when done.
  ///
  /// @param told what the library is told when it is initialised
  void join(Map<String, String> wanted, String told) {
    synchronized (membership) {
      if (users == 0) {
        environment = wanted;
        initialization = told;
      } else if (!environment.equals(wanted)) {
        throw HsmException.refused(
            name + " is in use with the environment " + environment + ", not " + wanted);
      } else if (!initialization.equals(told)) {
        throw HsmException.refused(
            name + " is in use, initialised with '" + initialization + "', not '" + told + "'");
      }
      users++;
    }
  }

  /// Removes a user, who is outside and whose sessions are closed; the last one finalises the
  /// library.
  void leave() {
    synchronized (membership) {
      users--;
      if (users > 0) {
        return;
      }
      // At once: a user who is inside does not leave.
      calls.writeLock().lock();
      try {
        if (state == State.READY) {
          finalizeQuietly();
        }
        state = State.RESTING;
      } finally {
        calls.writeLock().unlock();
      }
    }
  }

  /// Enters the library, initialised.
  ///
  /// @throws HsmException if it cannot be initialised
  <T> T call(Function<Pkcs11, T> function) {
    if (state == State.RESTING) {
      initializeFirst();
    }
    calls.readLock().lock();
    try {
      var why = whyBroken;
      if (state == State.BROKEN && why != null) {
        throw why.at(name);
      }
      inside.put(Thread.currentThread(), System.nanoTime());
      return function.apply(pkcs11);
    } finally {
      inside.remove(Thread.currentThread());
      calls.readLock().unlock();
    }
  }

  /// Closes a session, if it was not lost with its generation.
  void close(Session session) {
    calls.readLock().lock();
    try {
      if (state == State.READY && session.generation() == generation.get()) {
        session.close();
      }
    } finally {
      calls.readLock().unlock();
    }
  }

  /// Which initialisation this is; the same for as long as the caller is inside.
  long generation() {
    return generation.get();
  }

  /// Makes a new generation, unless somebody did since `seen`, or the library shall be left alone
  /// for now. Whoever comes while it is being made waits for it.
  ///
  /// @param patience how long to wait for those who are inside the library; not at all for one who
  ///   has been there for longer
  /// @return whether there is a generation younger than `seen`
  boolean reinitialize(long seen, InstantSource clock, RandomGenerator random, Duration patience) {
    if (!acquire(renewal, patience)) {
      return false;
    }
    try {
      if (generation.get() != seen) {
        return true;
      }
      if (!backoff.attempt(clock.instant(), random)) {
        return false;
      }
      try {
        return renewed(patience);
      } finally {
        backoff.ended(clock.instant());
      }
    } finally {
      renewal.unlock();
    }
  }

  /// The youngest generation works.
  void works() {
    backoff.reset();
  }

  /// Until when the library is left alone although it is broken.
  Optional<Instant> leftAloneUntil(Instant now) {
    return backoff.until(now);
  }

  /// From now on nobody in this process logs in to this token.
  void latch(String token, String why) {
    latches.putIfAbsent(token, why);
  }

  /// Why nobody logs in to this token; empty if one may.
  Optional<String> latch(String token) {
    return Optional.ofNullable(latches.get(token));
  }

  private boolean renewed(Duration patience) {
    if (!emptied(patience)) {
      LOG.warn("{} is not initialised anew: a call into it does not return", name);
      return false;
    }
    try {
      LOG.warn("{} is initialised anew", name);
      finalizeQuietly();
      initialize();
      return true;
    } catch (HsmException stillBroken) {
      LOG.warn("{} is broken: {}", name, stillBroken.getMessage());
      return false;
    } finally {
      calls.writeLock().unlock();
    }
  }

  /// Waits until nobody is inside, and then holds the write lock.
  ///
  /// Whoever comes has to wait behind one who waits for that lock. So this one waits in turns with
  /// those who come, each twice as long as the one before: if one call does not return, the others
  /// go on.
  private boolean emptied(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    long turn = FIRST_TURN.toNanos();
    while (inside.values().stream().noneMatch(since -> isOlder(since, patience))) {
      if (acquire(calls.writeLock(), Duration.ofNanos(turn))) {
        return true;
      }
      LockSupport.parkNanos(this, turn);
      long left = end - System.nanoTime();
      if (left <= 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      turn = Math.min(turn * 2, left);
    }
    return false;
  }

  private static boolean isOlder(long since, Duration age) {
    return System.nanoTime() - since > age.toNanos();
  }

  private void initializeFirst() {
    calls.writeLock().lock();
    try {
      if (state == State.RESTING) {
        initialize();
      }
    } finally {
      calls.writeLock().unlock();
    }
  }

  private void initialize() {
    // Even if it fails: the sessions of before are gone.
    generation.incrementAndGet();
    state = State.BROKEN;
    try {
      inEnvironment(
          environment,
          () -> {
            pkcs11.initialize(initialization);
            return pkcs11;
          });
      whyBroken = null;
      state = State.READY;
    } catch (HsmException failed) {
      whyBroken = failed.as(Fault.MODULE);
      throw whyBroken;
    }
  }

  private void finalizeQuietly() {
    try {
      pkcs11.finalizeModule();
    } catch (HsmException broken) {
      LOG.debug("{} was broken when it was finalised: {}", name, broken.getMessage());
    }
  }

  private static <T> T inEnvironment(Map<String, String> variables, Supplier<T> work) {
    if (!acquire(ENVIRONMENT, PATIENCE)) {
      throw HsmException.of(Fault.MODULE, "another library is being initialised and hangs");
    }
    try {
      Native.setEnvironment(variables);
      return work.get();
    } finally {
      ENVIRONMENT.unlock();
    }
  }

  private static boolean acquire(Lock lock, Duration patience) {
    try {
      return lock.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
