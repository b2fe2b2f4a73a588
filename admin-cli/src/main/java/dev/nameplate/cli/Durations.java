package dev.nameplate.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.regex.Pattern;

/// Durations as people write them: `90s`, `30m`, `24h`, `7d`; `PT36H` is understood too.
final class Durations {

  private static final Pattern SHORT = Pattern.compile("([0-9]{1,6})([smhd])");

  private Durations() {}

  /// @throws IllegalArgumentException if it is none, or not longer than nothing
  static Duration parse(String text) {
    var found = SHORT.matcher(text);
    var duration =
        found.matches() ? of(Long.parseLong(found.group(1)), found.group(2)) : ofIso(text);
    if (!duration.isPositive()) {
      throw new IllegalArgumentException("a duration of nothing: " + text);
    }
    return duration;
  }

  private static Duration of(long number, String unit) {
    return switch (unit) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  private static Duration ofIso(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeException unknown) {
      throw new IllegalArgumentException(
          "not a duration: " + text + "; for example 90s, 30m, 24h or 7d", unknown);
    }
  }
}
