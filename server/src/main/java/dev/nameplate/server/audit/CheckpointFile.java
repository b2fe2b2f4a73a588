package dev.nameplate.server.audit;

import dev.nameplate.ca.audit.MalformedCheckpointException;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.store.CheckpointStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Checkpoints in a file outside the database, one on a line, only ever appended and on disk before
/// anything else is done. What a crash left of a line is taken away before the next one.
public final class CheckpointFile {

  public static final String NAME = "checkpoints.jsonl";

  private static final Pattern JWS =
      Pattern.compile("eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
  private static final DateTimeFormatter BY_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final int AT_ONCE = 1 << 16;

  private final Path file;

  /// @param folder in which it is, or will be
  public CheckpointFile(Path folder) {
    this.file = folder.resolve(NAME);
  }

  public Path path() {
    return file;
  }

  /// The last one that was written whole.
  ///
  /// @throws IOException if the file cannot be read, or its last line is none of ours
  public Optional<SignedCheckpoint> last() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    var line = lastLine();
    if (line.isEmpty()) {
      return Optional.empty();
    }
    var jws = JWS.matcher(line.get());
    if (!jws.find()) {
      throw new IOException("the last line of " + file + " has no checkpoint");
    }
    try {
      return Optional.of(SignedCheckpoint.parse(jws.group()));
    } catch (MalformedCheckpointException changed) {
      throw new IOException(
          "the last checkpoint in " + file + " was changed: " + changed.getMessage(), changed);
    }
  }

  public void append(CheckpointStore.Stored checkpoint) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    var line =
        "{\"number\":%d,\"at\":\"%s\",\"jws\":\"%s\"}\n"
            .formatted(checkpoint.number(), checkpoint.at(), checkpoint.jws());
    boolean isNew = !Files.exists(file);
    try (var channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long whole = wholeLength(channel);
      if (whole < channel.size()) {
        channel.truncate(whole);
      }
      channel.position(whole);
      for (var bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
          bytes.hasRemaining(); ) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    if (isNew) {
      // the name is on disk only when its folder is
      try (var names =
          FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }

  /// Puts what is there aside, under a name with the time: the database has another history.
  public void putAside(Instant now) throws IOException {
    if (Files.exists(file)) {
      Files.move(file, file.resolveSibling("checkpoints-" + BY_TIME.format(now) + ".jsonl"));
    }
  }

  /// Hands every checkpoint to `each` that a file has: this one's lines, or those that a receiver
  /// of syslog wrote. A last line without an end is what a crash left.
  public static void read(Path file, Consumer<String> each) throws IOException {
    try (var lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      var line = lines.readLine();
      while (line != null) {
        var next = lines.readLine();
        var jws = JWS.matcher(line);
        boolean torn = next == null && line.startsWith("{") && !line.endsWith("}");
        if (!torn && jws.find()) {
          each.accept(jws.group());
        }
        line = next;
      }
    }
  }

  private Optional<String> lastLine() throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long end = wholeLength(channel);
      if (end == 0) {
        return Optional.empty();
      }
      long begin = newlineBefore(channel, end - 1) + 1;
      var line = ByteBuffer.allocate(Math.toIntExact(end - 1 - begin));
      read(channel, line, begin);
      return Optional.of(new String(line.array(), StandardCharsets.US_ASCII));
    }
  }

  /// Up to the last line that has an end.
  private static long wholeLength(FileChannel channel) throws IOException {
    return newlineBefore(channel, channel.size()) + 1;
  }

  /// -1 if there is none.
  private static long newlineBefore(FileChannel channel, long end) throws IOException {
    long from = end;
    while (from > 0) {
      int length = (int) Math.min(AT_ONCE, from);
      from -= length;
      var some = ByteBuffer.allocate(length);
      read(channel, some, from);
      for (int i = length - 1; i >= 0; i--) {
        if (some.get(i) == '\n') {
          return from + i;
        }
      }
    }
    return -1;
  }

  private static void read(FileChannel channel, ByteBuffer into, long from) throws IOException {
    while (into.hasRemaining() && channel.read(into, from + into.position()) >= 0) {
      // until it is full
    }
  }
}
