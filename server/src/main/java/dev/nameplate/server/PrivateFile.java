package dev.nameplate.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Files with a key or a secret in them: for their owner's eyes only.
public final class PrivateFile {

  /// How a folder is created that only its owner may enter.
  public static final FileAttribute<Set<PosixFilePermission>> FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");
  private static final FileAttribute<Set<PosixFilePermission>> MODE_0600 =
      PosixFilePermissions.asFileAttribute(OWNER);

  private PrivateFile() {}

  /// Writes the file with mode 0600, whole or not at all: it is on disk before it has its name. One
  /// that is there is replaced.
  public static void write(Path file, String text) throws IOException {
    replace(file, text, MODE_0600);
  }

  /// The same for a file that anybody may read, without a mode.
  static void replace(Path file, String text, FileAttribute<?>... mode) throws IOException {
    var unfinished = file.resolveSibling("." + file.getFileName() + ".new");
    Files.deleteIfExists(unfinished);
    try (var channel =
        FileChannel.open(
            unfinished, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode)) {
      var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /// @throws IOException if it cannot be read, or others could have read it
  public static String read(Path file) throws IOException {
    var permissions = Files.getPosixFilePermissions(file);
    if (!OWNER.containsAll(permissions)) {
      throw new IOException(
          file
              + " is open to others ("
              + PosixFilePermissions.toString(permissions)
              + "); chmod 600 it, and think of who may have read it");
    }
    return Files.readString(file);
  }
}
