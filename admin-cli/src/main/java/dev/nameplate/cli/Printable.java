package dev.nameplate.cli;

import java.util.Set;

/// Text from elsewhere, made safe for a terminal: a name in a certificate must not move the cursor,
/// turn lines around or write to the clipboard of the person who looks at it.
final class Printable {

  /// General categories of characters that have no ink of their own.
  private static final Set<Byte> INVISIBLE =
      Set.of(
          Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR);

  private Printable() {}

  /// One line: controls (C0, DEL, C1), bidirectional and other formatting characters, line breaks
  /// and lone surrogates are shown as `<U+001B>`.
  static String line(String text) {
    return escape(text, false);
  }

  /// The same, but line feeds stay.
  static String lines(String text) {
    return escape(text, true);
  }

  private static String escape(String text, boolean keepLineFeeds) {
    var safe = new StringBuilder(text.length());
    text.codePoints()
        .forEach(point -> {
          if (isHarmless(point) || (keepLineFeeds && point == '\n')) {
            safe.appendCodePoint(point);
          } else {
            safe.append("<U+%04X>".formatted(point));
          }
        });
    return safe.toString();
  }

  private static boolean isHarmless(int point) {
    return !INVISIBLE.contains((byte) Character.getType(point));
  }
}
