package dev.nameplate.hsm;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/// One token of one PKCS#11 library, and how hard it may be used.
///
/// @param module the library, which must be absolute: `/usr/lib/softhsm/libsofthsm2.so`
/// @param token the label of the token; slot numbers change and are never used
/// @param pin where the PIN is read from at each login
/// @param sessions how many signatures are made at once; each session has a thread of its own
/// @param queueLimit how many callers may wait for a session; more are refused at once
/// @param deadline how long one caller waits for an answer before giving up
/// @param keepAlive how long a session may be idle before something small is asked of it, for
///   tokens that drop idle ones; zero for never
/// @param environment variables that the library reads from its process (SOFTHSM2_CONF); all tokens
///   of one library share them
/// @param initialization what the library is told when it is initialised (the text that NSS reads
///   at `pReserved`), or an empty text; all tokens of one library share it
/// @param keys how keys are made in it, and sign
public record HsmSettings(
    Path module,
    String token,
    PinSource pin,
    int sessions,
    int queueLimit,
    Duration deadline,
    Duration keepAlive,
    Map<String, String> environment,
    String initialization,
    KeyRules keys) {

  public static final Path SOFTHSM = Path.of("/usr/lib/softhsm/libsofthsm2.so");

  private static final int LONGEST_LABEL = 32;

  public HsmSettings {
    if (!module.isAbsolute()) {
      throw new IllegalArgumentException("not an absolute path to a PKCS#11 library: " + module);
    }
    if (token.isBlank() || token.getBytes(StandardCharsets.UTF_8).length > LONGEST_LABEL) {
      throw new IllegalArgumentException("a token label has 1 to 32 bytes: '" + token + "'");
    }
    if (sessions < 1) {
      throw new IllegalArgumentException("a token needs at least 1 session, not " + sessions);
    }
    if (queueLimit < 1) {
      throw new IllegalArgumentException("the queue needs room for 1 caller, not " + queueLimit);
    }
    if (!deadline.isPositive()) {
      throw new IllegalArgumentException("not a deadline: " + deadline);
    }
    if (keepAlive.isNegative()) {
      throw new IllegalArgumentException("sessions cannot be kept alive every " + keepAlive);
    }
    environment = Map.copyOf(environment);
  }

  /// Without keeping idle sessions alive, and with the usual rules for keys.
  public HsmSettings(
      Path module,
      String token,
      PinSource pin,
      int sessions,
      int queueLimit,
      Duration deadline,
      Map<String, String> environment) {
    this(
        module,
        token,
        pin,
        sessions,
        queueLimit,
        deadline,
        Duration.ZERO,
        environment,
        "",
        KeyRules.USUAL);
  }

  /// With 4 sessions, a queue of 1024 callers, a deadline of 10 seconds and SoftHSM's library.
  public static HsmSettings softHsm(String token, PinSource pin, Map<String, String> environment) {
    return new HsmSettings(SOFTHSM, token, pin, 4, 1024, Duration.ofSeconds(10), environment);
  }

  public HsmSettings withModule(Path library) {
    return new HsmSettings(
        library,
        token,
        pin,
        sessions,
        queueLimit,
        deadline,
        keepAlive,
        environment,
        initialization,
        keys);
  }

  public HsmSettings withSessions(int number) {
    return new HsmSettings(
        module,
        token,
        pin,
        number,
        queueLimit,
        deadline,
        keepAlive,
        environment,
        initialization,
        keys);
  }

  public HsmSettings withQueueLimit(int callers) {
    return new HsmSettings(
        module,
        token,
        pin,
        sessions,
        callers,
        deadline,
        keepAlive,
        environment,
        initialization,
        keys);
  }

  public HsmSettings withDeadline(Duration limit) {
    return new HsmSettings(
        module,
        token,
        pin,
        sessions,
        queueLimit,
        limit,
        keepAlive,
        environment,
        initialization,
        keys);
  }

  public HsmSettings withKeepAlive(Duration idle) {
    return new HsmSettings(
        module,
        token,
        pin,
        sessions,
        queueLimit,
        deadline,
        idle,
        environment,
        initialization,
        keys);
  }

  public HsmSettings withInitialization(String told) {
    return new HsmSettings(
        module, token, pin, sessions, queueLimit, deadline, keepAlive, environment, told, keys);
  }

  public HsmSettings withKeys(KeyRules rules) {
    return new HsmSettings(
        module,
        token,
        pin,
        sessions,
        queueLimit,
        deadline,
        keepAlive,
        environment,
        initialization,
        rules);
  }
}
