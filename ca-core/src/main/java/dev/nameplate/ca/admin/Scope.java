package dev.nameplate.ca.admin;

import java.util.Arrays;
import java.util.Locale;

/// Where a grant holds.
public sealed interface Scope {

  Scope EVERYWHERE = new Everywhere();

  /// Without a limit: also for what is in no group, and for what concerns everything.
  record Everywhere() implements Scope {
    @Override
    public String toString() {
      return "*";
    }
  }

  /// For the devices with this attribute, or for what this authority issues.
  ///
  /// @param value of the attribute; the role of the authority, which its successors have, too
  record Within(Dimension dimension, String value) implements Scope {

    private static final int LONGEST = 100;

    public Within {
      if (value.isBlank()
          || !value.strip().equals(value)
          || value.length() > LONGEST
          || value.codePoints().anyMatch(Character::isISOControl)) {
        throw new IllegalArgumentException(
            "a "
                + dimension.text()
                + " has 1 to "
                + LONGEST
                + " characters, no control characters, and no blanks around it");
      }
    }

    @Override
    public String toString() {
      return dimension.text() + "=" + value;
    }
  }

  /// What a scope can be limited by.
  enum Dimension {
    GROUP,
    LOT,
    SITE,
    CA;

    /// Lower case: `group`.
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// @param text `*`, or as `group=plant-4`
  /// @throws IllegalArgumentException if it is neither
  static Scope of(String text) {
    if (text.equals(EVERYWHERE.toString())) {
      return EVERYWHERE;
    }
    int equals = text.indexOf('=');
    var name = equals < 0 ? text : text.substring(0, equals);
    var dimension =
        Arrays.stream(Dimension.values())
            .filter(each -> each.text().equals(name))
            .filter(_ -> equals > 0)
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "'" + text + "' is no scope: *, group=…, lot=…, site=… or ca=…"));
    return new Within(dimension, text.substring(equals + 1));
  }

  /// Whether whatever is in the other is in this.
  default boolean covers(Scope other) {
    return switch (this) {
      case Everywhere() -> true;
      case Within within -> within.equals(other);
    };
  }

  /// Whether what is there is in this.
  default boolean includes(Place place) {
    return switch (this) {
      case Everywhere() -> true;
      case Within(var dimension, var value) ->
          place.at(dimension).filter(value::equals).isPresent();
    };
  }
}
