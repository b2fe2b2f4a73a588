package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HsmSettingsTest {

  private static final PinSource PIN = new PinSource.File(Path.of("pin"));

  @Test
  void whatCannotWorkIsRefusedAtOnce() {
    assertThatThrownBy(() -> settings(Path.of("libsofthsm2.so"), "ca", 4, 8, Duration.ofSeconds(1)))
        .hasMessageContaining("not an absolute path");
    assertThatThrownBy(() -> settings(HsmSettings.SOFTHSM, "ü".repeat(17), 4, 8, Duration.ZERO))
        .hasMessageContaining("1 to 32 bytes");
    assertThatThrownBy(() -> settings(HsmSettings.SOFTHSM, "ca", 0, 8, Duration.ofSeconds(1)))
        .hasMessageContaining("at least 1 session");
    assertThatThrownBy(() -> settings(HsmSettings.SOFTHSM, "ca", 4, 0, Duration.ofSeconds(1)))
        .hasMessageContaining("room for 1 caller");
    assertThatThrownBy(() -> settings(HsmSettings.SOFTHSM, "ca", 4, 8, Duration.ZERO))
        .hasMessageContaining("not a deadline");
  }

  @Test
  void aLibraryThatIsMissingOrNoneIsNamed() {
    var missing = settings(Path.of("/nowhere/lib.so"), "ca", 4, 8, Duration.ofSeconds(1));
    var text = settings(Path.of("/etc/passwd"), "ca", 4, 8, Duration.ofSeconds(1));

    assertThatThrownBy(() -> TestTokens.open(missing))
        .isInstanceOf(HsmException.class)
        .hasMessage("there is no PKCS#11 library /nowhere/lib.so");
    assertThatThrownBy(() -> TestTokens.open(text))
        .isInstanceOf(HsmException.class)
        .hasMessage("/etc/passwd cannot be loaded as a PKCS#11 library");
  }

  private static HsmSettings settings(
      Path module, String token, int sessions, int queueLimit, Duration deadline) {
    return new HsmSettings(module, token, PIN, sessions, queueLimit, deadline, Map.of());
  }
}
