package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PinFileTest {

  @TempDir private Path folder;

  @Test
  void aPinIsTheFirstLine() throws IOException {
    assertThat(text(PinFile.read(file("secret\nnot the pin\n", "rw-------")))).isEqualTo("secret");
    assertThat(text(PinFile.read(file("secret", "r--------")))).isEqualTo("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rwxrwxrwx"})
  void aFileThatIsOpenToOthersIsRefused(String permissions) throws IOException {
    var file = file("secret", permissions);

    assertThatThrownBy(() -> PinFile.read(file))
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("is open to others (" + permissions + "); chmod 600 it");
  }

  @Test
  void aFileWithoutAPinIsRefused() throws IOException {
    var empty = file("\n", "rw-------");
    assertThatThrownBy(() -> PinFile.read(empty)).hasMessageContaining("1 to 255 bytes");

    var endless = file("x".repeat(256), "rw-------");
    assertThatThrownBy(() -> PinFile.read(endless)).hasMessageContaining("1 to 255 bytes");

    assertThatThrownBy(() -> PinFile.read(new PinSource.File(folder.resolve("missing"))))
        .hasMessageContaining("missing cannot be read");
  }

  @Test
  void aCredentialComesFromSystemdsFolder() throws IOException {
    write(folder.resolve("hsm-pin"), "secret", "r--r-----");
    var source =
        PinSource.credential("hsm-pin", Map.of("CREDENTIALS_DIRECTORY", folder.toString()));

    assertThat(text(PinFile.read(source))).isEqualTo("secret");
  }

  @Test
  void aCredentialWithoutSystemdIsRefused() {
    assertThatThrownBy(() -> PinSource.credential("hsm-pin", Map.of()))
        .isInstanceOf(HsmException.class)
        .hasMessageContaining("$CREDENTIALS_DIRECTORY");
  }

  @Test
  void aPinIsNotShownAndIsWipedWhenClosed() throws IOException {
    var pin = PinFile.read(file("secret", "rw-------"));
    assertThat(pin.toString()).doesNotContain("secret");

    pin.close();

    assertThat(text(pin)).isEqualTo("\0".repeat(6));
  }

  private PinSource file(String content, String permissions) throws IOException {
    var path = folder.resolve("pin");
    write(path, content, permissions);
    return new PinSource.File(path);
  }

  private static void write(Path path, String content, String permissions) throws IOException {
    Files.deleteIfExists(path);
    Files.writeString(path, content);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private static String text(Pin pin) throws IOException {
    var bytes = new ByteArrayOutputStream();
    pin.writeTo(bytes);
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
