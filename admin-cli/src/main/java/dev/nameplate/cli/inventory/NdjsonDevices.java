package dev.nameplate.cli.inventory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.server.admin.AdminApi;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.EnumMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Devices in lines of JSON objects. A field that is null is said to be nothing; one that is not
/// there is not said.
final class NdjsonDevices implements DeviceFile {

  private static final int LONGEST_LINE = 64 * 1024;
  private static final ObjectMapper JSON = AdminApi.json();

  private final BufferedReader text;
  private long number;

  NdjsonDevices(Reader text) {
    this.text = new BufferedReader(text);
  }

  @Override
  public Optional<Line> next() throws IOException {
    while (true) {
      var line = read();
      if (line == null) {
        return Optional.empty();
      }
      number++;
      if (line.length() > LONGEST_LINE) {
        return Optional.of(
            new Line.Wrong(number, "", "a line of more than " + LONGEST_LINE + " characters"));
      }
      if (!line.isBlank()) {
        return Optional.of(line(line.strip()));
      }
    }
  }

  private Line line(String line) {
    JsonNode object;
    try {
      object = JSON.readTree(line);
    } catch (JsonProcessingException malformed) {
      var location = malformed.getLocation();
      var where = location == null ? "" : " at column " + location.getColumnNr();
      return new Line.Wrong(number, "", "not a JSON object" + where);
    }
    if (!object.isObject()) {
      return new Line.Wrong(number, "", "not a JSON object");
    }
    var id = object.path("id").asText("");
    var values = new EnumMap<Column, @Nullable String>(Column.class);
    for (var field : object.properties()) {
      var column = Column.of(field.getKey());
      if (column.isEmpty()) {
        return new Line.Wrong(
            number,
            id,
            "unknown field " + Column.shown(field.getKey()) + "; known are " + Column.list());
      }
      var value = field.getValue();
      if (!value.isTextual() && !value.isNull()) {
        return new Line.Wrong(number, id, column.get().text() + ": not a text in quotes");
      }
      var text = value.isNull() ? "" : value.textValue();
      var wrong = Column.wrong(text);
      if (wrong.isPresent()) {
        return new Line.Wrong(number, id, column.get().text() + ": the value " + wrong.get());
      }
      values.put(column.get(), text);
    }
    return new Line.Row(Column.row(number, values));
  }

  /// The next line; of one that is too long, only enough to see that it is. Null at the end.
  private @Nullable String read() throws IOException {
    var line = new StringBuilder();
    int next = text.read();
    if (next < 0) {
      return null;
    }
    while (next >= 0 && next != '\n') {
      if (line.length() <= LONGEST_LINE) {
        line.append((char) next);
      }
      next = text.read();
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    text.close();
  }
}
