package dev.nameplate.cli;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.nameplate.server.admin.AdminApi;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;

/// One-time secrets of many devices in a file that only its owner can read (0600), as CSV:
/// `id,secret,uses,expires`. It grows only: work that was broken off goes on where it was, and
/// whoever is in the file is not given another secret.
final class SecretsFile implements Closeable {

  private static final String HEAD = "id,secret,uses,expires\n";
  private static final String ITS_OWNERS_ONLY = "rw-------";

  private final Path file;
  private final FileChannel channel;
  private final Set<String> devices = new HashSet<>();
  private final StringBuilder waiting = new StringBuilder();

  private SecretsFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// @throws CommandFailure if it is there, and is none of ours or can be read by others
  static SecretsFile open(Path file) {
    try {
      return Files.exists(file, LinkOption.NOFOLLOW_LINKS) ? again(file) : create(file);
    } catch (IOException failed) {
      throw failure(file, failed);
    }
  }

  private static SecretsFile create(Path file) throws IOException {
    try {
      var channel =
          FileChannel.open(
              file,
              Set.of(CREATE_NEW, WRITE),
              PosixFilePermissions.asFileAttribute(
                  PosixFilePermissions.fromString(ITS_OWNERS_ONLY)));
      var created = new SecretsFile(file, channel);
      created.waiting.append(HEAD);
      created.flush();
      return created;
    } catch (FileAlreadyExistsException raced) {
      throw CommandFailure.of(ExitCode.CONFLICT, file + " was made by somebody else just now")
          .because(raced);
    }
  }

  private static SecretsFile again(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw CommandFailure.of(ExitCode.USAGE, file + " is not a file").next("Name another.");
    }
    var permissions =
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
    if (!permissions.equals(ITS_OWNERS_ONLY)) {
      throw CommandFailure.of(
              ExitCode.USAGE, file + " has the permissions " + permissions + ": others may read it")
          .next("Name another file, or: chmod 600 " + file);
    }
    var known = new HashSet<String>();
    long whole = read(file, known);
    var channel = FileChannel.open(file, Set.of(WRITE));
    // what was cut off in the middle of a line was never of use
    channel.truncate(whole);
    channel.position(whole);
    var opened = new SecretsFile(file, channel);
    opened.devices.addAll(known);
    return opened;
  }

  /// Where the last whole line ends.
  private static long read(Path file, Set<String> devices) throws IOException {
    long whole = wholeLines(file);
    try (var lines =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.US_ASCII))) {
      long at = 0;
      for (var line = lines.readLine(); line != null && at < whole; line = lines.readLine()) {
        if (at == 0 && !(line + "\n").equals(HEAD)) {
          throw CommandFailure.of(ExitCode.USAGE, file + " is there, and is not a file of secrets")
              .next("Name another.");
        }
        if (at > 0) {
          devices.add(line.split(",", 2)[0]);
        }
        at += line.length() + 1L;
      }
      if (at == 0) {
        throw CommandFailure.of(ExitCode.USAGE, file + " is there, and is not a file of secrets")
            .next("Name another.");
      }
    }
    return whole;
  }

  private static long wholeLines(Path file) throws IOException {
    long whole = 0;
    long at = 0;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[8192];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        for (int i = 0; i < count; i++) {
          at++;
          if (buffer[i] == '\n') {
            whole = at;
          }
        }
      }
    }
    return whole;
  }

  /// Whether there is a secret of this device in it.
  boolean has(String device) {
    return devices.contains(device);
  }

  /// How many it has.
  int size() {
    return devices.size();
  }

  /// One more; it is on disk after [#flush].
  void add(String device, AdminApi.Secret secret) {
    devices.add(device);
    waiting
        .append(device)
        .append(',')
        .append(secret.text())
        .append(',')
        .append(secret.uses())
        .append(',')
        .append(secret.expires())
        .append('\n');
  }

  /// Has all that was added on disk.
  void flush() {
    try {
      var bytes = ByteBuffer.wrap(waiting.toString().getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
      waiting.setLength(0);
    } catch (IOException failed) {
      throw failure(file, failed);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException failed) {
      throw failure(file, failed);
    }
  }

  private static CommandFailure failure(Path file, IOException why) {
    return CommandFailure.error("the secrets cannot be written to " + file)
        .next("Running it again makes new ones for the devices that are not in the file.")
        .because(why);
  }
}
