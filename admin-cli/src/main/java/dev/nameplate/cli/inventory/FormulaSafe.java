package dev.nameplate.cli.inventory;

/// Cells that no spreadsheet takes for a formula: one that would begin like one has an apostrophe
/// before it. What is written so is read as what it was.
public final class FormulaSafe {

  /// With these a formula begins; the last four are the full-width forms of the first four.
  private static final String BEGINNINGS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20";

  private FormulaSafe() {}

  public static String write(String text) {
    return isFormula(text) || isMarked(text) ? "'" + text : text;
  }

  public static String read(String cell) {
    return isMarked(cell) ? cell.substring(1) : cell;
  }

  static boolean isFormula(String text) {
    return !text.isEmpty() && BEGINNINGS.indexOf(text.charAt(0)) >= 0;
  }

  /// Also what would look as if it had been written here.
  private static boolean isMarked(String text) {
    int first = 0;
    while (first < text.length() && text.charAt(first) == '\'') {
      first++;
    }
    return first > 0 && isFormula(text.substring(first));
  }
}
