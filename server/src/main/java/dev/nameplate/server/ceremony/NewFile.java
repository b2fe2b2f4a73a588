package dev.nameplate.server.ceremony;

import dev.nameplate.ca.x509.Der;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/// Files that are written once, for their owner only (0600): nothing of a ceremony is ever written
/// over.
final class NewFile {

  private NewFile() {}

  static void write(Path file, String text) throws CeremonyException {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /// On disk when this returns.
  ///
  /// @throws CeremonyException if there is such a file, or it cannot be written
  static void write(Path file, byte[] content) throws CeremonyException {
    try (var channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      var bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    } catch (FileAlreadyExistsException exists) {
      throw new CeremonyException(file + " is there already, and is never written over", exists);
    } catch (IOException failed) {
      throw new CeremonyException(file + " cannot be written: " + failed, failed);
    }
  }

  /// The same; where it is there with this content, it was written by an attempt before.
  static void ensure(Path file, byte[] content) throws CeremonyException {
    try {
      if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), content)) {
        return;
      }
    } catch (IOException unreadable) {
      throw new CeremonyException(file + " cannot be read: " + unreadable, unreadable);
    }
    write(file, content);
  }

  static void requireFree(Path file) throws CeremonyException {
    if (Files.exists(file)) {
      throw new CeremonyException(file + " is there already, and is never written over");
    }
  }

  /// SHA-256 in hex.
  static String hash(Path file) throws CeremonyException {
    try {
      return Der.of(Files.readAllBytes(file)).sha256Hex();
    } catch (IOException unreadable) {
      throw new CeremonyException(file + " cannot be read: " + unreadable, unreadable);
    }
  }
}
