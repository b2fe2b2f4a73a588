package dev.nameplate.hsm;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/// PINs in files, as bytes that are wiped.
final class PinFile {

  private static final int LONGEST = 255;

  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  // systemd guards the directory, and may express the service's own access as the group's.
  private static final Set<PosixFilePermission> OWNER_AND_GROUP =
      PosixFilePermissions.fromString("rw-r-----");

  private PinFile() {}

  /// Reads the PIN; the caller closes it.
  ///
  /// @throws HsmException if the file is not there, is open to others, or holds no PIN
  static Pin read(PinSource source) {
    return switch (source) {
      case PinSource.File(var path) -> read(path, OWNER);
      case PinSource.Credential(var directory, var name) ->
          read(directory.resolve(name), OWNER_AND_GROUP);
      case PinSource.Entered(var ask) -> entered(ask.get());
    };
  }

  /// Where the PIN is, for an operator.
  static String describe(PinSource source) {
    return switch (source) {
      case PinSource.File(var path) -> "the PIN file " + path;
      case PinSource.Credential(_, var name) -> "the credential " + name;
      case PinSource.Entered _ -> "the PIN that was entered";
    };
  }

  /// Writes a new file of mode 0600, on disk when this returns.
  ///
  /// @throws HsmException if there is such a file, or it cannot be written
  static void write(Path path, Pin pin) {
    try {
      Files.createFile(path, PosixFilePermissions.asFileAttribute(OWNER));
      try (var file = new FileOutputStream(path.toFile())) {
        pin.writeTo(file);
        file.getFD().sync();
      }
    } catch (FileAlreadyExistsException taken) {
      throw HsmException.refused("there is a PIN file " + path, taken);
    } catch (IOException unwritable) {
      throw HsmException.refused("the PIN file " + path + " cannot be written", unwritable);
    }
  }

  private static Pin entered(byte[] pin) {
    if (pin.length == 0 || pin.length > LONGEST) {
      throw HsmException.refused("a PIN has 1 to " + LONGEST + " bytes");
    }
    return new Pin(pin);
  }

  private static Pin read(Path path, Set<PosixFilePermission> allowed) {
    var buffer = new byte[LONGEST + 2];
    try {
      var permissions = Files.getPosixFilePermissions(path);
      if (!allowed.containsAll(permissions)) {
        throw HsmException.refused(
            "the PIN file "
                + path
                + " is open to others ("
                + PosixFilePermissions.toString(permissions)
                + "); chmod 600 it, and think of who may have read it");
      }
      int length;
      // Not through a channel: that would leave a copy in a cached direct buffer.
      try (var file = new FileInputStream(path.toFile())) {
        length = file.readNBytes(buffer, 0, buffer.length);
      }
      return firstLine(path, buffer, length);
    } catch (IOException unreadable) {
      throw HsmException.refused("the PIN file " + path + " cannot be read", unreadable);
    } finally {
      Arrays.fill(buffer, (byte) 0);
    }
  }

  private static Pin firstLine(Path path, byte[] buffer, int length) {
    int end = 0;
    while (end < length && buffer[end] != '\n' && buffer[end] != '\r') {
      end++;
    }
    if (end == 0 || end > LONGEST) {
      throw HsmException.refused(
          "the PIN file " + path + " must start with a line of 1 to " + LONGEST + " bytes");
    }
    return new Pin(Arrays.copyOf(buffer, end));
  }
}
