package dev.nameplate.cli.inventory;

/// From this line on, a file cannot be read: nobody can say where the next row begins. What came
/// before it was read as it is.
public final class UnreadableFileException extends Exception {

  private static final long serialVersionUID = 1L;

  UnreadableFileException(long line, String what) {
    super("line " + line + ": " + what);
  }
}
