package dev.nameplate.cli;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The person at the terminal. Without a terminal nobody is asked, and the message says which
/// option takes the answer.
final class Keyboard {

  /// In UTF-8.
  private static final int LONGEST_LETTER = 4;

  /// One question, answered where everybody can see it.
  @FunctionalInterface
  interface Questions {

    /// Empty if there is no terminal.
    Optional<String> ask(String question);
  }

  private Keyboard() {}

  /// What somebody types; empty without a terminal, and "" where they end the input.
  static Optional<String> answer(String question) {
    return Optional.ofNullable(System.console())
        .filter(java.io.Console::isTerminal)
        .map(terminal -> Optional.ofNullable(terminal.readLine("%s", question)).orElse(""));
  }

  /// What somebody types, without echo. Wipe it.
  ///
  /// @param option what to use where there is no terminal
  static byte[] secret(String question, String option) {
    var typed = terminal(option).readPassword("%s: ", question);
    return typed == null ? new byte[0] : bytes(typed);
  }

  /// Before anything is made for which somebody would be asked.
  static void require(String option) {
    var _ = terminal(option);
  }

  /// The same, typed twice, since nobody sees it.
  static byte[] newSecret(String question, String option) {
    var first = secret(question, option);
    var second = secret("The same again", option);
    boolean same = Arrays.equals(first, second);
    Arrays.fill(second, (byte) 0);
    if (!same) {
      Arrays.fill(first, (byte) 0);
      throw CommandFailure.error("that was not the same twice; nothing was made");
    }
    return first;
  }

  /// Shows something to one person, and takes it off the screen again.
  static void show(String person, String text, String option) {
    var terminal = terminal(option);
    terminal.printf("%s, alone before this screen: press Enter.", person);
    terminal.readLine();
    terminal.printf("%n    %s%n%nWrite it down, compare it, and press Enter.", text);
    terminal.readLine();
    // the screen, and what is above it
    terminal.printf("\033[H\033[2J\033[3J");
    terminal.flush();
  }

  private static java.io.Console terminal(String option) {
    return Optional.ofNullable(System.console())
        .filter(java.io.Console::isTerminal)
        .orElseThrow(() ->
            CommandFailure.of(ExitCode.USAGE, "there is no terminal to ask at")
                .next("Use " + option));
  }

  private static byte[] bytes(char[] typed) {
    ByteBuffer encoded = ByteBuffer.allocate(LONGEST_LETTER * typed.length);
    var _ = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(typed), encoded, true);
    var bytes = Arrays.copyOf(encoded.array(), encoded.position());
    Arrays.fill(encoded.array(), (byte) 0);
    Arrays.fill(typed, '\0');
    return bytes;
  }
}
