package dev.nameplate.hsm;

import static dev.nameplate.hsm.TestTokens.RANDOM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SoftHsmTest {

  private Path folder;

  @BeforeEach
  void makeAPlace() throws IOException {
    folder = TestTokens.newFolder().resolve("np/hsm");
  }

  @Test
  void aNewTokenIsOpenToItsOwnerOnly() throws IOException {
    new SoftHsm(folder).createToken("nameplate", RANDOM);

    assertThat(permissions(folder)).isEqualTo("rwx------");
    assertThat(permissions(folder.resolve("tokens"))).isEqualTo("rwx------");
    assertThat(permissions(folder.resolve("nameplate.pin"))).isEqualTo("rw-------");
    assertThat(permissions(folder.resolve("nameplate.so-pin"))).isEqualTo("rw-------");
  }

  @Test
  void pinsAreLongAndRandom() throws IOException {
    var softHsm = new SoftHsm(folder);
    softHsm.createToken("root", RANDOM);
    softHsm.createToken("issuing", RANDOM);

    assertThat(folder.resolve("root.pin")).content().matches("[0-9a-f]{32}");
    assertThat(Files.readString(folder.resolve("root.pin")))
        .isNotEqualTo(Files.readString(folder.resolve("root.so-pin")))
        .isNotEqualTo(Files.readString(folder.resolve("issuing.pin")));
  }

  @Test
  void aLabelIsGivenOnce() throws IOException {
    var softHsm = new SoftHsm(folder);
    softHsm.createToken("nameplate", RANDOM);
    var pin = Files.readString(folder.resolve("nameplate.pin"));

    assertThatThrownBy(() -> softHsm.createToken("nameplate", RANDOM))
        .isInstanceOf(HsmException.class)
        .hasMessage("there is a token with label nameplate");
    assertThat(folder.resolve("nameplate.pin")).hasContent(pin);
  }

  @Test
  void aFolderThatHasMovedStillWorks() throws IOException {
    var token = new SoftHsm(folder).createToken("nameplate", RANDOM);
    try (var vault = TestTokens.open(token)) {
      vault.generate("ca", KeyType.EC_P256);
    }

    var moved = Files.move(folder, folder.resolveSibling("moved"));

    try (var vault = TestTokens.open(new SoftHsm(moved).token("nameplate"))) {
      assertThatThrownBy(() -> vault.generate("ca", KeyType.EC_P256))
          .hasMessage("token nameplate already has a key with label ca");
    }
  }

  @Test
  void aPinThatPeopleEnterIsInNoFile() throws IOException {
    var softHsm = new SoftHsm(folder);
    var pin = "correct horse".getBytes(StandardCharsets.UTF_8);

    softHsm.createToken("root", pin, RANDOM);

    assertThat(pin).containsOnly(0);
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("tokens", "softhsm2.conf");
    }
    var entered = new PinSource.Entered(() -> "correct horse".getBytes(StandardCharsets.UTF_8));
    try (var vault = TestTokens.open(softHsm.token("root", entered))) {
      assertThat(vault.generate("ca", KeyType.EC_P384).location().label()).isEqualTo("ca");
      assertThat(vault.description()).startsWith("serial ").contains("SoftHSM");
    }
    var nothing = softHsm.token("root", new PinSource.Entered(() -> new byte[0]));
    assertThatThrownBy(() -> TestTokens.open(nothing)).hasMessageContaining("1 to 255 bytes");
  }

  @Test
  void askingForATokenMakesNothing() {
    assertThatThrownBy(() -> new SoftHsm(folder).token("nameplate"))
        .isInstanceOf(HsmException.class)
        .hasMessage("there is no folder " + folder.resolve("tokens"));
    assertThat(folder).doesNotExist();
  }

  @Test
  void namesThatSoftHsmOrAFolderCannotHaveAreRefused() {
    assertThatThrownBy(() -> new SoftHsm(folder.resolve("a#b"))).isInstanceOf(HsmException.class);
    assertThatThrownBy(() -> new SoftHsm(folder).token("../nameplate"))
        .isInstanceOf(HsmException.class);
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
