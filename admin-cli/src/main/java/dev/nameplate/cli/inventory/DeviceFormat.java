package dev.nameplate.cli.inventory;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// How a file of devices is written.
public enum DeviceFormat {
  /// RFC 4180, with a header.
  CSV,
  /// A JSON object in each line.
  NDJSON;

  /// @throws IllegalArgumentException if it is neither
  public static DeviceFormat of(String text) {
    for (var format : values()) {
      if (format.toString().equals(text.toLowerCase(Locale.ROOT))) {
        return format;
      }
    }
    throw new IllegalArgumentException("not a format of device files: " + text + "; csv or ndjson");
  }

  /// As the file's name says.
  public static Optional<DeviceFormat> of(Path file) {
    var name = file.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".csv")) {
      return Optional.of(CSV);
    }
    return name.endsWith(".ndjson") || name.endsWith(".jsonl")
        ? Optional.of(NDJSON)
        : Optional.empty();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
