package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;

/// New SoftHSM tokens for tests, each in a folder of its own below `target/tokens`.
final class TestTokens {

  static final SecureRandom RANDOM = new SecureRandom();
  static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));

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

  static Path pinFile(HsmSettings settings) {
    return settings.pin() instanceof PinSource.File(var path) ? path : Path.of("/nowhere");
  }

  static Path folder(HsmSettings settings) {
    return Path.of(settings.environment().getOrDefault("SOFTHSM2_CONF", "/")).resolveSibling("");
  }
}
