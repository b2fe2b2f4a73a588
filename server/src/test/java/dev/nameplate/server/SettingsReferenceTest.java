package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SettingsReferenceTest {

  /// The module's folder is where surefire runs tests.
  private static final Path DOCS = Path.of("..", "docs");

  @Test
  void theSettingsPageSaysWhatTheServerReads() throws Exception {
    check(DOCS.resolve("settings.md"), SettingsReference.settings());
  }

  @Test
  void theProfilesPageSaysWhatTheServerReads() throws Exception {
    check(DOCS.resolve("profiles.md"), SettingsReference.profiles());
  }

  private static void check(Path golden, String actual) throws IOException {
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(golden, actual);
    }
    assertThat(actual)
        .as("%s is not what the records say now; renew it with: ./build fix", golden)
        .isEqualTo(Files.exists(golden) ? Files.readString(golden) : "");
  }
}
