package dev.nameplate.cli.inventory;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A file of devices, read one row at a time: as much of it is in memory as the longest row that is
/// allowed.
public interface DeviceFile extends Closeable {

  /// The next row; empty at the end.
  ///
  /// @throws UnreadableFileException if nothing can be read from here on
  Optional<Line> next() throws IOException, UnreadableFileException;

  /// @throws UnreadableFileException if it is not a file of this format, or has columns that are
  ///   not known
  static DeviceFile open(Path file, DeviceFormat format)
      throws IOException, UnreadableFileException {
    return open(Files.newInputStream(file), format);
  }

  /// Closes the stream when it is closed, or if it throws.
  ///
  /// @throws UnreadableFileException if it is not a file of this format, or has columns that are
  ///   not known
  static DeviceFile open(InputStream in, DeviceFormat format)
      throws IOException, UnreadableFileException {
    try {
      var text = utf8(in);
      return switch (format) {
        case CSV -> CsvDevices.open(text);
        case NDJSON -> new NdjsonDevices(text);
      };
    } catch (IOException | UnreadableFileException unreadable) {
      in.close();
      throw unreadable;
    }
  }

  /// Text without the mark that some programs put before it. What is no UTF-8 becomes U+FFFD, which
  /// no cell may have, so that it is known in which row it was.
  private static Reader utf8(InputStream in) throws IOException, UnreadableFileException {
    var bytes = new BufferedInputStream(in);
    bytes.mark(3);
    byte[] first = bytes.readNBytes(3);
    if (startsWith(first, 0xff, 0xfe) || startsWith(first, 0xfe, 0xff)) {
      throw new UnreadableFileException(1, "the file is UTF-16; save it as UTF-8");
    }
    if (!startsWith(first, 0xef, 0xbb, 0xbf)) {
      bytes.reset();
    }
    return new InputStreamReader(bytes, StandardCharsets.UTF_8);
  }

  private static boolean startsWith(byte[] bytes, int... wanted) {
    if (bytes.length < wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if ((bytes[i] & 0xff) != wanted[i]) {
        return false;
      }
    }
    return true;
  }
}
