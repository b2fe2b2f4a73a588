package dev.nameplate.cli.inventory;

import java.util.regex.Pattern;

/// Cells that no spreadsheet takes for a formula: one that would begin like one has an apostrophe
/// before it. What is written so is read as what it was.
final class FormulaSafe {

  private static final Pattern FORMULA = Pattern.compile("[=+\\-@\\t\\r].*", Pattern.DOTALL);
  private static final Pattern MARKED = Pattern.compile("'+[=+\\-@\\t\\r].*", Pattern.DOTALL);

  private FormulaSafe() {}

  static boolean isFormula(String text) {
    return FORMULA.matcher(text).matches();
  }

  static String write(String text) {
    return isFormula(text) || MARKED.matcher(text).matches() ? "'" + text : text;
  }

  static String read(String cell) {
    return MARKED.matcher(cell).matches() ? cell.substring(1) : cell;
  }
}
