package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Manual pages, read by the two programs that format them.
class ManPageTest {

  @TempDir Path dir;

  @Test
  void neitherGroffNorMandocHasAWarning() throws IOException {
    var _ = new Shell().run("man", "--write", dir.toString()).ok();
    var pages = new ArrayList<String>();
    try (var files = Files.list(dir)) {
      files.forEach(file -> pages.add(file.getFileName().toString()));
    }

    assertThat(pages).hasSizeGreaterThan(60).contains("nameplate.1", "nameplate-device-list.1");
    assertThat(run("groff", List.of("-man", "-ww", "-Tutf8", "-z"), pages)).isEmpty();
    // the same command gives the same page
    assertThat(run("mandoc", List.of("-Tlint", "-Wwarning"), pages).lines())
        .allMatch(line -> line.contains("missing date"));
  }

  @Test
  void aPageSaysWhatTheHelpSays() {
    var page = new Shell().run("man", "device", "retire").ok().out();
    var text =
        new Tool("groff", "groff-base").feed(page, dir, "-man", "-Tascii", "-P-cbou").ok().out();

    // lines are filled with blanks
    assertThat(text.replaceAll(" +", " "))
        .contains("nameplate-device-retire - Retire devices for good")
        .contains("nameplate device retire pump-0017 --reason keyCompromise")
        .contains("EXIT STATUS")
        .contains("what was named is in a state that does not allow this");
  }

  @Test
  void aCommandThatIsNone() {
    var result = new Shell().run("man", "device", "lsit");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("there is no command device lsit: lsit", "One of: add, list");
  }

  private String run(String tool, List<String> options, List<String> pages) {
    var arguments = new ArrayList<>(options);
    arguments.addAll(pages);
    return new Tool(tool, tool).run(dir, arguments.toArray(String[]::new)).output();
  }
}
