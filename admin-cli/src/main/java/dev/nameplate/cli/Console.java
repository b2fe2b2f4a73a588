package dev.nameplate.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import dev.nameplate.server.admin.AdminApi;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Where a command prints: data on stdout, messages for people on stderr. Nothing from elsewhere
/// gets to a terminal unescaped.
///
/// @param environment the variables of the process
/// @param colour whether help may be coloured
/// @param keyboard whom to ask
record Console(
    PrintStream out,
    PrintStream err,
    Map<String, String> environment,
    boolean colour,
    Keyboard.Questions keyboard) {

  // ASCII only: whatever the server says arrives at the terminal as plain letters
  private static final ObjectWriter JSON =
      AdminApi.json()
          .registerModule(
              // as people write them: not file:///...
              new SimpleModule().addSerializer(Path.class, new ToStringSerializer(Path.class)))
          .writerWithDefaultPrettyPrinter()
          .with(JsonWriteFeature.ESCAPE_NON_ASCII);

  /// With nobody to ask.
  Console(PrintStream out, PrintStream err, Map<String, String> environment, boolean colour) {
    this(out, err, environment, colour, _ -> Optional.empty());
  }

  /// What somebody at the terminal answers; empty if nobody is there.
  Optional<String> ask(String question) {
    return keyboard.ask(Printable.line(question));
  }

  /// A message on stderr.
  void say(String message) {
    err.println(Printable.lines(message));
  }

  void print(Table table) {
    out.print(table);
  }

  /// A line of data on stdout.
  void print(String line) {
    out.println(Printable.line(line));
  }

  /// A record of [AdminApi], or a map of such, as JSON on stdout.
  void printJson(Object value) {
    try {
      out.println(JSON.writeValueAsString(value));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a value that is no JSON", impossible);
    }
  }

  PrintWriter outWriter() {
    return new PrintWriter(out, true, out.charset());
  }

  PrintWriter errWriter() {
    return new PrintWriter(err, true, err.charset());
  }

  /// An environment variable; empty is as good as not set.
  Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }
}
