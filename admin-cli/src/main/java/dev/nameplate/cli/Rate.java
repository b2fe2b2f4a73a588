package dev.nameplate.cli;

import java.util.regex.Pattern;

/// So many a second: `20/s`.
record Rate(int perSecond) {

  private static final Pattern SHAPE = Pattern.compile("([0-9]{1,4})/s");

  static Rate of(String text) {
    var shape = SHAPE.matcher(text);
    if (!shape.matches()) {
      throw new IllegalArgumentException("'" + text + "' is not a rate such as 20/s");
    }
    return new Rate(Integer.parseInt(shape.group(1)));
  }
}
