package dev.nameplate.cli;

import java.util.Locale;

/// How a command prints what it found.
enum OutputFormat {
  /// For people.
  TABLE,
  /// For scripts: one JSON value.
  JSON;

  /// @throws IllegalArgumentException if it is neither
  static OutputFormat of(String text) {
    for (var format : values()) {
      if (format.toString().equals(text.toLowerCase(Locale.ROOT))) {
        return format;
      }
    }
    throw new IllegalArgumentException("not an output format: " + text + "; table or json");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
