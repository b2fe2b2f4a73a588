package dev.nameplate.server;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.est.KeyEncryptionKey;
import dev.nameplate.est.KeyEncryptionKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/// The keys that devices share with us, from a file that an operator keeps: a line for each, with
/// the device's id, the identifier by which it names the key, and the AES key, both in hex.
/// Immutable.
final class SharedKeyFile implements KeyEncryptionKeys {

  private final Map<Name, KeyEncryptionKey> keys;

  /// A device may ask for its own keys only.
  private record Name(String device, Der identifier) {}

  private SharedKeyFile(Map<Name, KeyEncryptionKey> keys) {
    this.keys = keys;
  }

  /// @throws IOException if the file cannot be read, others could have read it, or a line of it is
  ///   wrong: the message names the line, and nothing that is in it
  static SharedKeyFile read(Path file) throws IOException {
    var keys = new HashMap<Name, KeyEncryptionKey>();
    int number = 0;
    for (var line : PrivateFile.read(file).lines().toList()) {
      number++;
      var text = line.strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      try {
        if (!add(keys, text.split("\\s+"))) {
          throw new IOException(
              file + ", line " + number + ": this device has a key with this identifier already");
        }
      } catch (IllegalArgumentException _) {
        // what it says may quote the key
        throw new IOException(
            file
                + ", line "
                + number
                + ": not a device id, an identifier in hex and an AES key of 16, 24 or 32 bytes in"
                + " hex");
      }
    }
    return new SharedKeyFile(Map.copyOf(keys));
  }

  private static boolean add(Map<Name, KeyEncryptionKey> keys, String[] columns) {
    if (columns.length != 3) {
      throw new IllegalArgumentException("three columns");
    }
    var name =
        new Name(
            new Owner(OwnerKind.DEVICE, columns[0]).foldedName(),
            Der.of(HexFormat.of().parseHex(columns[1])));
    return keys.putIfAbsent(name, KeyEncryptionKey.ofHex(columns[2])) == null;
  }

  @Override
  public Optional<KeyEncryptionKey> find(Owner owner, Der identifier) {
    return Optional.ofNullable(keys.get(new Name(owner.foldedName(), identifier)));
  }
}
