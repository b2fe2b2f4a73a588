package dev.nameplate.hsm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// SoftHSM tokens in a folder of their own, with a configuration of their own:
///
/// ```
/// softhsm2.conf    written anew when the folder has moved
/// tokens/          the tokens, encrypted under their PINs (0700)
/// LABEL.pin        the user PIN of a token (0600)
/// LABEL.so-pin     the security officer's (0600); only needed to set a new user PIN
/// ```
///
/// Whoever has all of this folder has the keys. SoftHSM reads one configuration, so that tokens of
/// different folders cannot be open in one process at the same time.
public final class SoftHsm {

  private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,31}");

  private final Path directory;
  private final Path tokens;

  public SoftHsm(Path directory) {
    this.directory = directory.toAbsolutePath().normalize();
    this.tokens = this.directory.resolve("tokens");
    // SoftHSM takes what follows a # for a comment.
    if (this.directory.toString().matches("(?s).*[#\\n].*")) {
      throw HsmException.refused("SoftHSM cannot keep tokens in " + this.directory);
    }
  }

  /// Makes a token with random PINs; the folder too (0700), if it is not there.
  ///
  /// @param random must be as good as the keys: a SecureRandom
  /// @throws HsmException if there is a token with this label, or SoftHSM refuses
  public HsmSettings createToken(String label, RandomGenerator random) {
    createFolder();
    var settings = token(label);
    var module = Pkcs11Module.at(settings.module(), settings.environment());
    module.join(settings.environment());
    try (var soPin = Pin.random(random);
        var pin = Pin.random(random)) {
      var initializer = new TokenInitializer(module);
      initializer.requireFree(label);
      // First the PINs: a token without them would be of no use.
      PinFile.write(soPinFile(label), soPin);
      PinFile.write(pinFile(label), pin);
      initializer.initialize(label, soPin, pin);
    } finally {
      module.leave();
    }
    return settings;
  }

  /// Makes a token with this PIN, which is written nowhere; the folder too (0700), if it is not
  /// there. The security officer's PIN, by which alone a new PIN could be set, is random and not
  /// kept: nobody can do that.
  ///
  /// @param pin wiped when this returns
  /// @throws HsmException if there is a token with this label, or SoftHSM refuses
  public void createToken(String label, byte[] pin, RandomGenerator random) {
    createFolder();
    var settings = token(label);
    var module = Pkcs11Module.at(settings.module());
    module.join(settings.environment());
    try (var soPin = Pin.random(random);
        var own = new Pin(pin)) {
      var initializer = new TokenInitializer(module);
      initializer.requireFree(label);
      initializer.initialize(label, soPin, own);
    } finally {
      module.leave();
    }
  }

  /// How to open a token of this folder, whose PIN is in its folder.
  ///
  /// @throws HsmException if this is no folder for tokens
  public HsmSettings token(String label) {
    return token(label, new PinSource.File(pinFile(label)));
  }

  /// How to open a token of this folder with a PIN from elsewhere.
  ///
  /// @throws HsmException if this is no folder for tokens
  public HsmSettings token(String label, PinSource pin) {
    if (!LABEL.matcher(label).matches()) {
      throw HsmException.refused("not a label for a SoftHSM token: " + label);
    }
    return HsmSettings.softHsm(label, pin, Map.of("SOFTHSM2_CONF", configuration().toString()));
  }

  private Path configuration() {
    if (!Files.isDirectory(tokens)) {
      throw HsmException.refused("there is no folder " + tokens);
    }
    var file = directory.resolve("softhsm2.conf");
    var wanted =
        """
        directories.tokendir = %s
        objectstore.backend = file
        log.level = ERROR
        slots.removable = false
        """
            .formatted(tokens);
    try {
      if (!Files.exists(file) || !Files.readString(file).equals(wanted)) {
        Files.writeString(file, wanted);
      }
    } catch (IOException unwritable) {
      throw HsmException.refused("cannot write " + file, unwritable);
    }
    return file;
  }

  private void createFolder() {
    try {
      if (!Files.isDirectory(tokens)) {
        Files.createDirectories(
            tokens,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException refused) {
      throw HsmException.refused("cannot make the folder " + tokens, refused);
    }
  }

  private Path pinFile(String label) {
    return directory.resolve(label + ".pin");
  }

  private Path soPinFile(String label) {
    return directory.resolve(label + ".so-pin");
  }
}
