package dev.nameplate.cli;

import java.util.Locale;
import java.util.Optional;

/// How far a long piece of work has come: a bar that moves at a terminal, lines elsewhere, on
/// stderr.
final class Progress {

  private static final int WIDTH = 30;
  private static final long LINE_EVERY = 10_000;

  private final Console console;
  private final boolean terminal;
  private final long total;
  private final long began = System.nanoTime();
  private long nextLine = LINE_EVERY;
  private boolean drawn;

  private Progress(Console console, boolean terminal, long total) {
    this.console = console;
    this.terminal = terminal;
    this.total = total;
  }

  /// @param total how much is to be done, in any unit
  static Progress of(Console console, long total) {
    boolean terminal =
        Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false);
    return new Progress(console, terminal, total);
  }

  /// A bar, also where there is no terminal.
  static Progress bar(Console console, long total) {
    return new Progress(console, true, total);
  }

  /// @param done of the total
  /// @param rows that were worked on
  void at(long done, long rows) {
    int percent = total == 0 ? 100 : (int) Math.min(100, done * 100 / total);
    if (terminal) {
      int full = percent * WIDTH / 100;
      console
          .err()
          .printf(
              Locale.ROOT,
              "\r[%s%s] %3d %%  %,d rows  %,d/s ",
              "#".repeat(full),
              "-".repeat(WIDTH - full),
              percent,
              rows,
              perSecond(rows));
      console.err().flush();
      drawn = true;
    } else if (rows >= nextLine) {
      console.say("%,d rows, %d %%, %,d rows/s".formatted(rows, percent, perSecond(rows)));
      nextLine = (rows / LINE_EVERY + 1) * LINE_EVERY;
    }
  }

  /// Messages that come after it begin on a line of their own.
  void end() {
    if (drawn) {
      console.err().println();
      drawn = false;
    }
  }

  long perSecond(long rows) {
    double seconds = (System.nanoTime() - began) / 1e9;
    return Math.round(rows / Math.max(seconds, 0.001));
  }
}
