package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The table in this module's README against the tests of the whole project.
final class OfferedTest {

  /// The groups of the checklist.
  private static final Set<String> GROUPS =
      Set.of("U", "S", "C", "E", "K", "R", "F", "X", "D", "I");

  private static final Pattern ROW =
      Pattern.compile("^\\| ([A-Z]\\d+(?:, [A-Z]\\d+)*) \\|", Pattern.MULTILINE);
  private static final Pattern ID = Pattern.compile("[A-Z]\\d+");
  private static final Pattern TAG = Pattern.compile("@Tag\\(\"([A-Z]\\d+)\"\\)");
  private static final Pattern NAMED = Pattern.compile("void ((?:[a-z]\\d+)+)[A-Z]\\w*\\(");

  @Test
  void whatTheReadmeSaysIsTested() throws Exception {
    var said = new TreeSet<String>();
    ROW.matcher(Files.readString(Path.of("README.md")))
        .results()
        .flatMap(row -> ID.matcher(row.group(1)).results())
        .forEach(id -> said.add(id.group()));

    assertThat(said).hasSizeGreaterThan(60);
    assertThat(said).isSubsetOf(tested());
  }

  @Test
  void whatIsTaggedIsInTheReadme() throws Exception {
    var readme = Files.readString(Path.of("README.md"));

    assertThat(tagged())
        .allSatisfy(id -> assertThat(readme).containsPattern("(?m)^\\|.*\\b" + id + "\\b"));
  }

  private static Set<String> tested() throws IOException {
    var found = tagged();
    for (var source : sources()) {
      NAMED
          .matcher(source)
          .results()
          .flatMap(name -> ID.matcher(name.group(1).toUpperCase(Locale.ROOT)).results())
          .forEach(id -> found.add(id.group()));
    }
    return found;
  }

  private static Set<String> tagged() throws IOException {
    var found = new TreeSet<String>();
    for (var source : sources()) {
      TAG.matcher(source)
          .results()
          .map(tag -> tag.group(1))
          .filter(id -> GROUPS.contains(id.substring(0, 1)))
          .forEach(found::add);
    }
    return found;
  }

  private static List<String> sources() throws IOException {
    var all = new ArrayList<String>();
    for (var module : List.of("ca-core", "store", "est-server", "server", "admin-cli")) {
      try (var files = Files.walk(Path.of("..", module, "src", "test", "java"))) {
        for (var file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          all.add(Files.readString(file));
        }
      }
    }
    return all;
  }
}
