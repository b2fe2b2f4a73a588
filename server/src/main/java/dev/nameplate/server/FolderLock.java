package dev.nameplate.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// Lets one process work on a folder. The operating system gives the lock back when the process
/// ends, however it ends, so that a crash leaves nothing that stops the next start.
public final class FolderLock implements AutoCloseable {

  private static final String NAME = ".lock";
  private static final int LONGEST_PID = 20;

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /// The lock; empty if another process has it, or this one.
  public static Optional<FolderLock> tryAcquire(Path dir) throws IOException {
    var channel =
        FileChannel.open(
            dir.resolve(NAME),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        channel.close();
        return Optional.empty();
      }
    } catch (OverlappingFileLockException _) {
      channel.close();
      return Optional.empty();
    } catch (IOException failed) {
      channel.close();
      throw failed;
    }
    var pid = Long.toString(ProcessHandle.current().pid());
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
    return Optional.of(new FolderLock(channel));
  }

  /// The process that has the lock, as it wrote itself down.
  public static String holder(Path dir) {
    try (var channel = FileChannel.open(dir.resolve(NAME), StandardOpenOption.READ)) {
      var pid = ByteBuffer.allocate(LONGEST_PID);
      channel.read(pid, 0);
      return new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII);
    } catch (IOException unreadable) {
      return "unknown";
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
