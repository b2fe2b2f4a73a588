package dev.nameplate.ca.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a module's README says to be offered, line by line with an id each, and which of these ids
/// tests of the whole project carry: as a tag, or as the beginning of their name.
public final class Checklist {

  private static final List<String> MODULES =
      List.of("ca-core", "store", "hsm", "est-server", "ocsp-responder", "server", "admin-cli");
  private static final Pattern ROW = Pattern.compile("^\\| ([^|]+) \\|", Pattern.MULTILINE);
  private static final Pattern TAG = Pattern.compile("@Tag\\(\"(\\w+)\"\\)");
  private static final Pattern NAMED = Pattern.compile("void ((?:[a-z]\\d+)+)[A-Z]\\w*\\(");

  private final Pattern ids;
  private final String readme;
  private final List<String> sources;

  /// @param ids what an id of this list looks like
  /// @param readme of a module, seen from its folder
  public Checklist(Pattern ids, Path readme) throws IOException {
    this.ids = ids;
    this.readme = Files.readString(readme);
    this.sources = sources();
  }

  /// The ids that stand in front of a row of the README's table.
  public SortedSet<String> said() {
    return ROW.matcher(readme)
        .results()
        .flatMap(row -> Stream.of(row.group(1).split(", ", -1)))
        .filter(id -> ids.matcher(id).matches())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// The ids that a test has as its tag.
  public SortedSet<String> tagged() {
    return inTests(TAG)
        .map(tag -> tag.group(1))
        .filter(id -> ids.matcher(id).matches())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// The ids that a test has as its tag, or in front of its name.
  public SortedSet<String> tested() {
    var found = tagged();
    inTests(NAMED)
        .flatMap(name -> ids.matcher(name.group(1).toUpperCase(Locale.ROOT)).results())
        .forEach(id -> found.add(id.group()));
    return found;
  }

  private Stream<MatchResult> inTests(Pattern what) {
    return sources.stream().flatMap(source -> what.matcher(source).results());
  }

  private static List<String> sources() throws IOException {
    var all = new ArrayList<String>();
    for (var module : MODULES) {
      try (var files = Files.walk(Path.of("..", module, "src", "test", "java"))) {
        for (var file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          all.add(Files.readString(file));
        }
      }
    }
    return all;
  }
}
