package dev.nameplate.ca.audit;

import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;

/// The one text form of an event: a JSON object with the event's kind and its components in order.
/// Hashes are over these bytes.
public record AuditPayload(String kind, String json) {

  public static AuditPayload of(AuditEvent event) {
    var kind = event.getClass().getSimpleName();
    var json = new StringBuilder("{\"event\":").append(quoted(kind));
    for (RecordComponent component : event.getClass().getRecordComponents()) {
      json.append(',').append(quoted(component.getName())).append(':');
      var value = read(component, event);
      json.append(
          value instanceof Long || value instanceof Integer
              ? value.toString()
              : quoted(value.toString()));
    }
    return new AuditPayload(kind, json.append('}').toString());
  }

  public byte[] bytes() {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static Object read(RecordComponent component, AuditEvent event) {
    try {
      return component.getAccessor().invoke(event);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("a public record that cannot be read", impossible);
    }
  }

  private static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < 0x20 || c == 0x7f || Character.isSurrogate(c) || c > 0x7e) {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
