package dev.nameplate.server.ceremony;

import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.PinSource;
import dev.nameplate.hsm.SoftHsm;
import dev.nameplate.hsm.TokenKeyVault;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// The token of an offline root, open: its PIN is held for as long as that, and wiped then. It is
/// SoftHSM in the root's own folder, or a token of any PKCS#11 library.
final class RootToken implements AutoCloseable {

  private static final String FOLDER = "token";

  private final TokenKeyVault vault;
  private final byte[] pin;

  private RootToken(TokenKeyVault vault, byte[] pin) {
    this.vault = vault;
    this.pin = pin;
  }

  /// Makes a SoftHSM token in the folder.
  ///
  /// @param pin is not wiped
  static void make(Path dir, String label, byte[] pin, RandomGenerator random) {
    new SoftHsm(dir.resolve(FOLDER)).createToken(label, pin.clone(), random);
  }

  /// @param module empty for SoftHSM in the folder
  /// @param pin is tried once, and wiped at the end
  static RootToken open(
      Path dir,
      Optional<Path> module,
      String label,
      byte[] pin,
      RandomGenerator random,
      InstantSource clock) {
    PinSource entered = new PinSource.Entered(pin::clone);
    try {
      var settings =
          module
              .map(library -> elsewhere(library, label, entered))
              .orElseGet(() -> new SoftHsm(dir.resolve(FOLDER)).token(label, entered));
      return new RootToken(TokenKeyVault.open(settings, random, clock), pin);
    } catch (RuntimeException refused) {
      Arrays.fill(pin, (byte) 0);
      throw refused;
    }
  }

  private static HsmSettings elsewhere(Path library, String label, PinSource pin) {
    var usual = HsmSettings.softHsm(label, pin, Map.of());
    return new HsmSettings(library, label, pin, 1, usual.queueLimit(), usual.deadline(), Map.of());
  }

  KeyVault vault() {
    return vault;
  }

  String description() {
    return vault.description();
  }

  @Override
  public void close() {
    try {
      vault.close();
    } finally {
      Arrays.fill(pin, (byte) 0);
    }
  }
}
