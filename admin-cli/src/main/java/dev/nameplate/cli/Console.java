package dev.nameplate.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;

/// Where a command prints: data on stdout, messages for people on stderr. Nothing from elsewhere
/// gets to a terminal unescaped. Of one command, and for one thread.
final class Console {

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;
  private final boolean colour;
  private final Keyboard.Questions keyboard;

  private Optional<DataFormat> format = Optional.empty();

  /// @param environment the variables of the process
  /// @param colour whether help may be coloured
  /// @param keyboard whom to ask
  Console(
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      boolean colour,
      Keyboard.Questions keyboard) {
    this.out = out;
    this.err = err;
    this.environment = Map.copyOf(environment);
    this.colour = colour;
    this.keyboard = keyboard;
  }

  /// With nobody to ask.
  Console(PrintStream out, PrintStream err, Map<String, String> environment, boolean colour) {
    this(out, err, environment, colour, _ -> Optional.empty());
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  boolean colour() {
    return colour;
  }

  /// From now on data for machines is printed like this.
  void use(OutputFormat wanted, Optional<Query> query) {
    // a table costs no JSON
    format =
        wanted == OutputFormat.TABLE
            ? Optional.empty()
            : Optional.of(new DataFormat(wanted, query));
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

  /// A record of the admin API, or a map of such, on stdout: as JSON, or in what else `-o` names.
  /// Lists are in `items`.
  void printJson(Object value) {
    out.print(machine().print(value));
  }

  /// Whether the things in a list are better printed one after the other than kept.
  boolean printsByItem() {
    return format.map(DataFormat::isByItem).orElse(false);
  }

  /// One of the things in a list, where [#printsByItem].
  void printItem(Object item) {
    out.print(machine().printItem(item));
  }

  private DataFormat machine() {
    return format.orElseGet(() -> new DataFormat(OutputFormat.JSON, Optional.empty()));
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
