package dev.nameplate.ca.store;

import java.util.regex.Pattern;

/// Which device ids an anchor may vouch for: letters, digits, dots, dashes and underscores stand
/// for themselves, `?` for any one character, `*` for any number of them. `AC7-*`.
public record SerialPattern(String text) {

  private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9._?*-]{1,64}");

  public SerialPattern {
    if (!SHAPE.matcher(text).matches()) {
      throw new IllegalArgumentException("not a pattern of serial numbers: " + text);
    }
  }

  /// In time proportional to both lengths, whatever they are.
  public boolean matches(String serial) {
    int at = 0;
    int in = 0;
    int star = -1;
    int resume = 0;
    while (at < serial.length()) {
      if (in < text.length() && text.charAt(in) == '*') {
        star = in++;
        resume = at;
      } else if (in < text.length()
          && (text.charAt(in) == '?' || text.charAt(in) == serial.charAt(at))) {
        in++;
        at++;
      } else if (star >= 0) {
        // the last star takes one more
        in = star + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    while (in < text.length() && text.charAt(in) == '*') {
      in++;
    }
    return in == text.length();
  }

  @Override
  public String toString() {
    return text;
  }
}
