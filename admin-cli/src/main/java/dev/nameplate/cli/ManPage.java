package dev.nameplate.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// What `--help` says of a command, as a manual page in roff, section 1.
final class ManPage {

  private static final String INDENT = "  ";

  private final CommandSpec command;
  private final StringBuilder page = new StringBuilder();

  private ManPage(CommandSpec command) {
    this.command = command;
  }

  /// `nameplate-device-list`.
  static String name(CommandSpec command) {
    return command.qualifiedName("-");
  }

  /// The page has no date: the same command gives the same page.
  ///
  /// @param version of Nameplate
  static String of(CommandSpec command, String version) {
    return new ManPage(command).write(version);
  }

  private String write(String version) {
    var usage = command.usageMessage();
    var name = name(command);
    macro("TH", name.toUpperCase(Locale.ROOT), "1", "", "Nameplate " + version, "Nameplate Manual");
    section("NAME");
    text(name + " - " + summary());
    section("SYNOPSIS");
    macro("B", command.qualifiedName());
    text(usage.customSynopsis()[0].substring(command.qualifiedName().length()).strip());
    section("DESCRIPTION");
    paragraphs(Arrays.asList(usage.description()));
    if (!command.positionalParameters().isEmpty()) {
      section("ARGUMENTS");
      command.positionalParameters().forEach(each -> item(each.paramLabel(), described(each)));
    }
    if (!command.subcommands().isEmpty()) {
      section("COMMANDS");
      command
          .subcommands()
          .values()
          .forEach(each -> item(each.getCommandName(), summaryOf(each.getCommandSpec())));
    }
    section("OPTIONS");
    command.options().forEach(each -> item(names(each), described(each)));
    section("EXIT STATUS");
    ExitCode.meanings().forEach(this::item);
    if (command.parent() == null) {
      section("ENVIRONMENT");
      paragraphs(
          Arrays.stream(usage.footer()).filter(line -> !line.equals("Environment:")).toList());
    }
    section("SEE ALSO");
    text(seeAlso());
    return page.toString();
  }

  private String summary() {
    return summaryOf(command);
  }

  /// The first sentence of its description.
  private static String summaryOf(CommandSpec command) {
    var description = command.usageMessage().description();
    var first = description.length == 0 ? command.name() : format(description[0]);
    int end = first.indexOf(". ");
    return (end < 0 ? first : first.substring(0, end)).replaceAll("\\.$", "");
  }

  private String seeAlso() {
    var parent = command.parent();
    var above = parent == null ? List.<CommandSpec>of() : List.of(parent);
    var below = command.subcommands().values().stream().map(each -> each.getCommandSpec()).toList();
    var all = parent == null || !below.isEmpty() ? below : above;
    return all.stream().map(each -> name(each) + "(1)").collect(Collectors.joining(", "));
  }

  private static String names(OptionSpec option) {
    var names = String.join(", ", option.names());
    return option.arity().max() == 0 ? names : names + " " + option.paramLabel();
  }

  private static String described(ArgSpec argument) {
    return String.join(" ", argument.description());
  }

  /// Lines that are indented stay as they are, others are filled.
  private void paragraphs(List<String> lines) {
    boolean verbatim = false;
    boolean first = true;
    for (var raw : lines) {
      var line = format(raw).stripTrailing();
      boolean code = line.startsWith(INDENT);
      if (code != verbatim) {
        macro(code ? "RS" : "RE");
        macro(code ? "nf" : "fi");
        verbatim = code;
      }
      if (code) {
        text(line.substring(INDENT.length()));
      } else if (!line.isEmpty()) {
        if (!first) {
          macro("PP");
        }
        text(line);
      }
      first = false;
    }
    if (verbatim) {
      macro("fi");
      macro("RE");
    }
  }

  private void section(String title) {
    macro("SH", title);
  }

  private void item(String tag, String description) {
    macro("TP");
    macro("B", tag);
    text(description);
  }

  private void macro(String name, String... arguments) {
    page.append('.').append(name);
    for (var argument : arguments) {
      page.append(" \"").append(escaped(argument).replace("\"", "\\(dq")).append('"');
    }
    page.append('\n');
  }

  private void text(String line) {
    // a dot or an apostrophe at the beginning would be a macro
    page.append(line.startsWith(".") || line.startsWith("'") ? "\\&" : "")
        .append(escaped(line))
        .append('\n');
  }

  /// Dashes are copied from manual pages into shells, so they are those of ASCII.
  private static String escaped(String text) {
    var escaped = new StringBuilder();
    text.codePoints()
        .forEach(point -> {
          switch (point) {
            case '\\' -> escaped.append("\\e");
            case '-' -> escaped.append("\\-");
            case '`' -> escaped.append("\\(ga");
            case '\'' -> escaped.append("\\(aq");
            case '^' -> escaped.append("\\(ha");
            case '~' -> escaped.append("\\(ti");
            default -> {
              if (point < 0x7f) {
                escaped.appendCodePoint(point);
              } else {
                escaped.append("\\[u%04X]".formatted(point));
              }
            }
          }
        });
    return escaped.toString();
  }

  /// As picocli prints it.
  private static String format(String line) {
    return String.format(Locale.ROOT, line);
  }
}
