package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Set;

/// New SoftHSM tokens for tests, each in a folder of its own below `target/tokens`.
final class TestTokens {

  static final SecureRandom RANDOM = new SecureRandom();
  static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));

  /// All that we know but ML-DSA.
  static final Set<KeyType> SOFTHSM_MAKES =
      EnumSet.complementOf(EnumSet.of(KeyType.ML_DSA_44, KeyType.ML_DSA_65, KeyType.ML_DSA_87));

  private TestTokens() {}

  static Path newFolder() throws IOException {
    assertThat(HsmSettings.SOFTHSM)
        .as("SoftHSM's library is needed: apt-get install softhsm2")
        .exists();
    return Files.createTempDirectory(Files.createDirectories(Path.of("target/tokens")), "")
        .toAbsolutePath();
  }

  static HsmSettings newToken(String label) throws IOException {
    return new SoftHsm(newFolder()).createToken(label, RANDOM);
  }

  static TokenKeyVault open(HsmSettings settings) {
    return TokenKeyVault.open(settings, RANDOM, CLOCK);
  }

  static HsmSettings withSessions(HsmSettings token, int sessions, int queueLimit) {
    return token.withSessions(sessions).withQueueLimit(queueLimit);
  }

  /// Gives the primes of RSA-4096 the time they need on a busy machine.
  static HsmSettings patient(HsmSettings token) {
    return token.withDeadline(Duration.ofMinutes(2));
  }

  static Path pinFile(HsmSettings settings) {
    return settings.pin() instanceof PinSource.File(var path) ? path : Path.of("/nowhere");
  }

  static Path folder(HsmSettings settings) {
    return Path.of(settings.environment().getOrDefault("SOFTHSM2_CONF", "/")).resolveSibling("");
  }
}
