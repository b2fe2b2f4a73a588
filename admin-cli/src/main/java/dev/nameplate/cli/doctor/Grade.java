package dev.nameplate.cli.doctor;

import java.util.Locale;

/// How a check came out, from good to bad.
public enum Grade {
  OK,
  /// Works, and could be better.
  NOTE,
  /// Some relying parties will have trouble, or all of them will soon.
  WARN,
  /// Relying parties get no answer, or cannot believe the one they get.
  FAIL;

  /// As JSON has it.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
