package dev.nameplate.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// How a command prints what it found.
enum OutputFormat {
  /// For people.
  TABLE,
  /// For scripts: one JSON value.
  JSON,
  /// The same, as YAML.
  YAML,
  /// For scripts and long lists: a JSON value on each line, for each thing in the list.
  JSONL,
  /// For the next command in a pipe: on each line what a thing is called there.
  NAME;

  /// @throws IllegalArgumentException if it is none of them
  static OutputFormat of(String text) {
    for (var format : values()) {
      if (format.toString().equals(text.toLowerCase(Locale.ROOT))) {
        return format;
      }
    }
    throw new IllegalArgumentException(
        "not an output format: "
            + text
            + "; one of "
            + Arrays.stream(values())
                .map(OutputFormat::toString)
                .collect(Collectors.joining(", ")));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
