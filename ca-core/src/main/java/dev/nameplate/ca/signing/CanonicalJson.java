package dev.nameplate.ca.signing;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// JSON that is written in one way only: RFC 8785, for objects, arrays, texts and truth values.
/// Numbers have no place here, and are written as texts.
public final class CanonicalJson {

  private final StringBuilder json = new StringBuilder();

  private CanonicalJson() {}

  /// @throws IllegalArgumentException if something else than those is in it
  public static String of(Map<String, ?> object) {
    var writer = new CanonicalJson();
    writer.write(object);
    return writer.json.toString();
  }

  private void write(Object value) {
    switch (value) {
      case Map<?, ?> object -> object(object);
      case List<?> array -> array(array);
      case String text -> text(text);
      case Boolean truth -> json.append(truth);
      default -> throw new IllegalArgumentException("not written as JSON: " + value.getClass());
    }
  }

  /// In the order of UTF-16, which is that of [String#compareTo].
  private void object(Map<?, ?> object) {
    var sorted = new TreeMap<String, Object>();
    object.forEach((name, value) -> sorted.put((String) name, value));
    json.append('{');
    var separator = "";
    for (var member : sorted.entrySet()) {
      json.append(separator);
      text(member.getKey());
      json.append(':');
      write(member.getValue());
      separator = ",";
    }
    json.append('}');
  }

  private void array(List<?> array) {
    json.append('[');
    var separator = "";
    for (var element : array) {
      json.append(separator);
      write(element);
      separator = ",";
    }
    json.append(']');
  }

  /// RFC 8785 section 3.2.2.2.
  private void text(String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        case '\b' -> json.append("\\b");
        case '\t' -> json.append("\\t");
        case '\n' -> json.append("\\n");
        case '\f' -> json.append("\\f");
        case '\r' -> json.append("\\r");
        default -> json.append(c < 0x20 ? String.format("\\u%04x", (int) c) : String.valueOf(c));
      }
    }
    json.append('"');
  }
}
