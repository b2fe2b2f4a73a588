package dev.nameplate.ca.store;

import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.store.DeviceFilter.Field;
import dev.nameplate.ca.store.DeviceFilter.Moment;
import dev.nameplate.ca.store.DeviceFilter.Span;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Reads what operators write to find devices: `model=GW2 and last_renewed<2026-01-01`. Comparisons
/// joined by `and`, and nothing else: what is not understood is an error that names its place.
///
/// | field | comparisons | value |
/// |---|---|---|
/// | `id` | `=` | a name, or the beginning of one and `*` |
/// | `state`, `profile`, `model`, `site`, `group`, `lot`, `owner`, `hardware_serial` | `=` | a word, or anything in quotes |
/// | `registered`, `last_issued` (or `last_renewed`), `expires` | `<` `>=` | `2026-01-01`, or `2026-01-01T08:00:00Z` |
/// | `last_issued` (or `last_renewed`) | `=` | `never` |
public final class DeviceWhere {

  private static final int LONGEST = 2000;

  private static final String FIELDS =
      "id, state, profile, model, site, group, lot, owner, hardware_serial, registered,"
          + " last_issued, last_renewed, expires";

  private final String text;
  private int at;

  private final Map<Field, String> is = new EnumMap<>(Field.class);
  private final Map<Moment, Span> when = new EnumMap<>(Moment.class);
  private Optional<String> prefix = Optional.empty();
  private boolean never;

  private DeviceWhere(String text) {
    this.text = text;
  }

  /// @throws IllegalArgumentException that says what is not understood, and at which character
  public static DeviceFilter parse(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException(
          text.length() + " characters; at most " + LONGEST + " are read");
    }
    var parser = new DeviceWhere(text);
    parser.all();
    return new DeviceFilter(parser.is, parser.when, parser.prefix, parser.never, Optional.empty());
  }

  private void all() {
    comparison();
    skipBlanks();
    while (at < text.length()) {
      int began = at;
      if (!word().equalsIgnoreCase("and")) {
        throw fault(began, "'and' is wanted here");
      }
      comparison();
      skipBlanks();
    }
  }

  private void comparison() {
    skipBlanks();
    int began = at;
    var field = word();
    if (field.isEmpty()) {
      throw fault(began, "a field is wanted here, one of " + FIELDS);
    }
    skipBlanks();
    int operatorAt = at;
    var operator = operator();
    skipBlanks();
    int valueAt = at;
    var value = value();
    switch (field) {
      case "id" -> id(began, operatorAt, operator, valueAt, value);
      case "state" -> is(began, Field.STATE, operatorAt, operator, state(valueAt, value));
      case "profile" -> is(began, Field.LABEL, operatorAt, operator, value);
      case "model" -> is(began, Field.MODEL, operatorAt, operator, value);
      case "site" -> is(began, Field.SITE, operatorAt, operator, value);
      case "group" -> is(began, Field.GROUP, operatorAt, operator, value);
      case "lot" -> is(began, Field.LOT, operatorAt, operator, value);
      case "owner" -> is(began, Field.OWNER, operatorAt, operator, value);
      case "hardware_serial" -> is(began, Field.HARDWARE_SERIAL, operatorAt, operator, value);
      case "registered" -> when(began, Moment.REGISTERED, operatorAt, operator, valueAt, value);
      case "expires" -> when(began, Moment.EXPIRES, operatorAt, operator, valueAt, value);
      case "last_issued", "last_renewed" -> {
        if (operator.equals("=") && value.equals("never")) {
          never = true;
        } else {
          when(began, Moment.ISSUED, operatorAt, operator, valueAt, value);
        }
      }
      default -> throw fault(began, "there is no field '" + field + "'; there are " + FIELDS);
    }
  }

  private void id(int began, int operatorAt, String operator, int valueAt, String value) {
    requireEquals(operatorAt, operator);
    if (prefix.isPresent()) {
      throw fault(began, "id is asked for twice");
    }
    if (!value.endsWith("*")) {
      throw fault(
          valueAt + value.length(), "'*' is wanted here: whoever knows the name asks for it");
    }
    prefix = Optional.of(value.substring(0, value.length() - 1));
  }

  private void is(int began, Field field, int operatorAt, String operator, String value) {
    requireEquals(operatorAt, operator);
    if (is.put(field, value) != null) {
      throw fault(began, "the same field is asked for twice");
    }
  }

  private void requireEquals(int operatorAt, String operator) {
    if (!operator.equals("=")) {
      throw fault(operatorAt, "'=' is wanted here, not '" + operator + "'");
    }
  }

  private void when(
      int began, Moment moment, int operatorAt, String operator, int valueAt, String value) {
    var time = time(valueAt, value);
    var span = when.getOrDefault(moment, Span.ALWAYS);
    var next =
        switch (operator) {
          case "<" -> span.before().isEmpty() ? new Span(span.from(), Optional.of(time)) : span;
          case ">=" -> span.from().isEmpty() ? new Span(Optional.of(time), span.before()) : span;
          default -> throw fault(operatorAt, "'<' or '>=' is wanted here, not '" + operator + "'");
        };
    if (next.equals(span)) {
      throw fault(began, "the same comparison is made twice");
    }
    when.put(moment, next);
  }

  private String state(int valueAt, String value) {
    for (var state : OwnerState.values()) {
      if (state.name().toLowerCase(Locale.ROOT).equals(value)) {
        return state.name();
      }
    }
    throw fault(valueAt, "there is no state '" + value + "'");
  }

  private Instant time(int valueAt, String value) {
    try {
      return value.contains("T")
          ? Instant.parse(value)
          : LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeParseException _) {
      throw fault(valueAt, "'" + value + "' is no time: write 2026-01-01 or 2026-01-01T08:00:00Z");
    }
  }

  // The characters

  private void skipBlanks() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private String word() {
    skipBlanks();
    int began = at;
    while (at < text.length() && isOfAWord(text.charAt(at))) {
      at++;
    }
    return text.substring(began, at);
  }

  private static boolean isOfAWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  private String operator() {
    for (var known : new String[] {"<=", ">=", "!=", "=", "<", ">"}) {
      if (text.startsWith(known, at)) {
        at += known.length();
        return known;
      }
    }
    throw fault(at, "a comparison is wanted here: =, < or >=");
  }

  private String value() {
    if (at < text.length() && (text.charAt(at) == '\'' || text.charAt(at) == '"')) {
      int began = at;
      int end = text.indexOf(text.charAt(at), at + 1);
      if (end < 0) {
        throw fault(began, "this quote is never closed");
      }
      at = end + 1;
      if (at < text.length() && text.charAt(at) != ' ') {
        throw fault(at, "a blank is wanted after a quoted value");
      }
      return text.substring(began + 1, end);
    }
    int began = at;
    while (at < text.length() && text.charAt(at) != ' ') {
      char c = text.charAt(at);
      if ("'\"<>=()".indexOf(c) >= 0) {
        throw fault(at, "'" + c + "' has to be in quotes");
      }
      at++;
    }
    if (began == at) {
      throw fault(at, "a value is wanted here");
    }
    return text.substring(began, at);
  }

  private static IllegalArgumentException fault(int at, String what) {
    return new IllegalArgumentException("character " + (at + 1) + ": " + what);
  }
}
