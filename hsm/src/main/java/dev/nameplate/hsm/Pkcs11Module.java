package dev.nameplate.hsm;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One PKCS#11 library in this process, shared by all tokens in it.
///
/// C_Initialize and C_Finalize are the library's, not a token's: the first user initialises it, the
/// last one finalises it, and whoever finds it broken initialises it anew for everybody. Each
/// initialisation is a *generation*; sessions and handles die with theirs. Calls hold the read
/// lock, so that nobody is inside the library while it is finalised.
final class Pkcs11Module {

  private static final Logger LOG = LoggerFactory.getLogger(Pkcs11Module.class);

  // The environment belongs to the process, and libraries to their path: there is no other place.
  private static final Object ENVIRONMENT = new Object();
  private static final Map<Path, Pkcs11Module> LOADED = new HashMap<>();

  private final String name;
  private final Pkcs11 pkcs11;
  private final ReentrantReadWriteLock calls = new ReentrantReadWriteLock();
  private final Backoff backoff = new Backoff();
  private Map<String, String> environment = Map.of();
  private String initialization = "";
  private int users;
  private long generation;

  Pkcs11Module(String name, Pkcs11 pkcs11) {
    this.name = name;
    this.pkcs11 = pkcs11;
  }

  /// The library at this path, loaded once.
  static Pkcs11Module at(Path path) {
    Path real;
    try {
      real = path.toRealPath();
    } catch (IOException missing) {
      throw HsmException.refused("there is no PKCS#11 library " + path, missing);
    }
    synchronized (LOADED) {
      return LOADED.computeIfAbsent(
          real, library -> new Pkcs11Module(path.toString(), NativePkcs11.load(library)));
    }
  }

  /// Adds a user who tells the library nothing.
  void join(Map<String, String> wanted) {
    join(wanted, "");
  }

  /// Adds a user, who calls [#leave] when done; the first one initialises the library.
  ///
  /// @param told what the library is told then
  void join(Map<String, String> wanted, String told) {
    calls.writeLock().lock();
    try {
      if (users == 0) {
        environment = wanted;
        initialization = told;
        initialize();
      } else if (!environment.equals(wanted)) {
        throw HsmException.refused(
            name + " is in use with the environment " + environment + ", not " + wanted);
      } else if (!initialization.equals(told)) {
        throw HsmException.refused(
            name + " is in use, initialised with '" + initialization + "', not '" + told + "'");
      }
      users++;
    } finally {
      calls.writeLock().unlock();
    }
  }

  /// Removes a user, whose sessions are closed; the last one finalises the library.
  void leave() {
    calls.writeLock().lock();
    try {
      users--;
      if (users == 0) {
        finalizeQuietly();
      }
    } finally {
      calls.writeLock().unlock();
    }
  }

  /// Enters the library.
  <T> T call(Function<Pkcs11, T> function) {
    calls.readLock().lock();
    try {
      return function.apply(pkcs11);
    } finally {
      calls.readLock().unlock();
    }
  }

  long generation() {
    calls.readLock().lock();
    try {
      return generation;
    } finally {
      calls.readLock().unlock();
    }
  }

  /// Makes a new generation, unless somebody did since `seen`, or the library shall be left alone
  /// for now.
  ///
  /// @param patience how long to wait for those who are inside the library
  /// @return whether there is a generation younger than `seen`
  boolean reinitialize(long seen, Instant now, Duration patience) {
    try {
      if (!calls.writeLock().tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.warn("{} is not initialised anew: a call into it does not return", name);
        return false;
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      return false;
    }
    try {
      if (generation != seen) {
        return true;
      }
      if (!backoff.attempt(now)) {
        return false;
      }
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

  /// The youngest generation works.
  void works() {
    backoff.reset();
  }

  private void initialize() {
    // Even if it fails: the sessions of before are gone.
    generation++;
    synchronized (ENVIRONMENT) {
      Native.setEnvironment(environment);
      pkcs11.initialize(initialization);
    }
  }

  private void finalizeQuietly() {
    try {
      pkcs11.finalizeModule();
    } catch (HsmException broken) {
      LOG.debug("{} was broken when it was finalised: {}", name, broken.getMessage());
    }
  }
}
