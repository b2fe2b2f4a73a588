package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.x509.Der;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("K3")
class SharedKeyFileTest {

  private static final String KEY = "00112233445566778899aabbccddeeff";
  private static final Der KEK_7 = Der.of("kek-7".getBytes(UTF_8));

  private Path file;

  @BeforeEach
  void folder() throws IOException {
    var all = Files.createDirectories(Path.of("target", "servers").toAbsolutePath());
    file = Files.createTempDirectory(all, "shared").resolve("shared.keys");
  }

  @Test
  void aDeviceFindsItsOwnKeyByItsIdentifierAndNobodyElses() throws Exception {
    PrivateFile.write(
        file,
        """
        # device   identifier  key
        Vault-1    6b656b2d37  %s

        vault-2    6b656b2d38  %s%s
        """
            .formatted(KEY, KEY, KEY));

    var keys = SharedKeyFile.read(file);

    assertThat(keys.find(device("vault-1"), KEK_7)).isPresent();
    assertThat(keys.find(device("vault-2"), KEK_7)).isEmpty();
    assertThat(keys.find(device("vault-2"), Der.of("kek-8".getBytes(UTF_8)))).isPresent();
    assertThat(keys.find(new Owner(OwnerKind.STATION, "vault-1"), KEK_7)).isEmpty();
  }

  @Test
  void aWrongLineIsNamedAndNotShown() throws Exception {
    for (var line :
        new String[] {
          "vault-1 6b656b2d37 " + KEY + "00",
          "vault-1 6b656b2d37 " + KEY.replace('0', 'x'),
          "vault-1 kek-7 " + KEY,
          "-vault 6b656b2d37 " + KEY,
          "vault-1 " + KEY,
          "vault-1 6b656b2d37 " + KEY + " " + KEY
        }) {
      PrivateFile.write(file, "# keys\n" + line + "\n");

      assertThatThrownBy(() -> SharedKeyFile.read(file))
          .as(line)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("line 2: not a device id")
          .message()
          .doesNotContain("1122", "6b656b");
    }
  }

  @Test
  void twoKeysWithOneIdentifierAreRefused() throws Exception {
    PrivateFile.write(file, "vault-1 01 %s\nVAULT-1 01 %s\n".formatted(KEY, KEY));

    assertThatThrownBy(() -> SharedKeyFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 2: this device has a key with this identifier already");
  }

  @Test
  void aFileThatIsOpenToOthersIsRefused() throws Exception {
    PrivateFile.write(file, "");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(() -> SharedKeyFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is open to others");
  }

  private static Owner device(String id) {
    return new Owner(OwnerKind.DEVICE, id);
  }
}
