package dev.nameplate.hsm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// One token behind a JCA provider, for sites that must use their vendor's.
///
/// @param token the name of the token in the locations of its keys; the provider does not see it
/// @param provider the name of an installed provider (`SunPKCS11`), or a class on the class path
/// @param configuration the file that the provider is configured with, if it takes one
/// @param keyStore the type of the provider's key store: `PKCS11`
/// @param pin where the PIN is read from at each login
/// @param sessions how many signatures are made at once; each has a thread of its own
/// @param queueLimit how many callers may wait for one; more are refused at once
/// @param deadline how long one caller waits for an answer before giving up
public record JcaSettings(
    String token,
    String provider,
    Optional<Path> configuration,
    String keyStore,
    PinSource pin,
    int sessions,
    int queueLimit,
    Duration deadline) {

  public JcaSettings {
    if (token.isBlank() || provider.isBlank() || keyStore.isBlank()) {
      throw new IllegalArgumentException("a token, its provider and its key store have names");
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
  }
}
